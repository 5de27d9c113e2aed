//! The table.

use std::fmt;

/// What a figure is to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// So many times the reference.
    OfReference(f64),
    /// Printed for scale.
    None,
}

/// A figure beside its target and reference.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
    pub(crate) target: Target,
    /// Name and figure.
    pub(crate) reference: Option<(String, f64)>,
}

impl Row {
    fn reached(&self) -> Option<bool> {
        match self.target {
            Target::AtMost(most) => Some(self.value <= most),
            Target::AtLeast(least) => Some(self.value >= least),
            Target::OfReference(part) => self.reference.as_ref().map(|(_, reference)| self.value >= part * reference),
            Target::None => None,
        }
    }

    fn cells(&self) -> [String; 5] {
        let target = match self.target {
            Target::AtMost(most) => format!("≤ {}", number(most)),
            Target::AtLeast(least) => format!("≥ {}", number(least)),
            Target::OfReference(part) => format!("≥ {part} × reference"),
            Target::None => String::new(),
        };
        let reference = self.reference.as_ref().map_or_else(String::new, |(name, value)| {
            let ratio = self.value / value;
            format!("{name}: {} (we: {} ×)", number(*value), number(ratio))
        });
        let verdict = match self.reached() {
            Some(true) => "reached",
            Some(false) => "missed",
            None => "",
        };
        [self.name.clone(), format!("{} {}", number(self.value), self.unit), target, reference, verdict.into()]
    }
}

/// Three figures that count, with thousands apart.
fn number(value: f64) -> String {
    if value.abs() >= 1000.0 {
        let digits = format!("{value:.0}");
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        return text;
    }
    let places = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else if value.abs() >= 1.0 {
        2
    } else {
        3
    };
    format!("{value:.places$}")
}

/// All rows and what they were measured on.
#[derive(Debug)]
pub struct Report {
    pub(crate) notes: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) markdown: bool,
}

impl Report {
    /// How many figures there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        writeln!(f)?;
        let head = ["what", "measured", "to reach", "reference in the same run", ""].map(str::to_owned);
        let rows: Vec<[String; 5]> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        for (index, row) in rows.iter().enumerate() {
            if self.markdown {
                writeln!(f, "| {} |", row.join(" | "))?;
                if index == 0 {
                    writeln!(f, "|---|---|---|---|---|")?;
                }
                continue;
            }
            for (column, cell) in row.iter().enumerate() {
                write!(f, "{cell:<width$}  ", width = width(column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_numbers_as_people_read_them() {
        for (value, want) in [
            (405_123.4, "405,123"),
            (1000.0, "1,000"),
            (999.4, "999"),
            (12.34, "12.3"),
            (1.5, "1.50"),
            (0.0123, "0.012"),
        ] {
            assert_eq!(number(value), want);
        }
    }

    #[test]
    fn judges_by_target() {
        let row = |value, target, reference: Option<f64>| Row {
            name: String::new(),
            unit: "",
            value,
            target,
            reference: reference.map(|value| (String::new(), value)),
        };
        assert_eq!(row(1.0, Target::AtMost(1.0), None).reached(), Some(true));
        assert_eq!(row(1.0, Target::AtLeast(2.0), None).reached(), Some(false));
        assert_eq!(row(1.0, Target::OfReference(0.5), Some(2.0)).reached(), Some(true));
        assert_eq!(row(1.0, Target::OfReference(0.5), None).reached(), None);
    }
}
