//! Figures of the APIs for Prometheus: how often each operation was called, how it ended, how long it took.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the buckets, in seconds, and what they are called.
const BUCKETS: [(f64, &str); 9] = [
    (0.001, "0.001"),
    (0.002_5, "0.0025"),
    (0.005, "0.005"),
    (0.01, "0.01"),
    (0.05, "0.05"),
    (0.1, "0.1"),
    (0.5, "0.5"),
    (1.0, "1"),
    (5.0, "5"),
];

/// Classes of statuses.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// What is counted of one operation.
#[derive(Debug)]
pub(crate) struct Figure {
    operation: &'static str,
    classes: [AtomicU64; CLASSES.len()],
    buckets: [AtomicU64; BUCKETS.len()],
    micros: AtomicU64,
}

impl Figure {
    /// Counts a request.
    pub(crate) fn count(&self, status: u16, took: Duration) {
        let class = usize::from((status / 100).clamp(2, 5) - 2);
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS.iter().position(|(end, _)| seconds <= *end);
        for counter in [self.classes.get(class), bucket.and_then(|bucket| self.buckets.get(bucket))] {
            counter.map(|counter| counter.fetch_add(1, Ordering::Relaxed));
        }
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    list: Mutex<Vec<Arc<Figure>>>,
}

impl Figures {
    /// The figure of an operation that is about to be served.
    pub(crate) fn of(&self, operation: &'static str) -> Arc<Figure> {
        let zero = || AtomicU64::new(0);
        let figure = Arc::new(Figure {
            operation,
            classes: std::array::from_fn(|_| zero()),
            buckets: std::array::from_fn(|_| zero()),
            micros: zero(),
        });
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(figure.clone());
        figure
    }

    /// Those that were called, in Prometheus' text form.
    pub(crate) fn text(&self) -> String {
        const REQUESTS: &str = "guildhall_http_requests_total";
        const SECONDS: &str = "guildhall_http_request_seconds";
        let mut text =
            format!("# HELP {REQUESTS} Requests by operation and class of status.\n# TYPE {REQUESTS} counter\n");
        let mut times = format!("# HELP {SECONDS} Time that requests took.\n# TYPE {SECONDS} histogram\n");
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for figure in self.list.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let name = figure.operation;
            let total: u64 = figure.classes.iter().map(read).sum();
            if total == 0 {
                continue;
            }
            for (class, counter) in CLASSES.iter().zip(&figure.classes) {
                let count = read(counter);
                if count > 0 {
                    let _ = writeln!(text, "{REQUESTS}{{operation=\"{name}\",status=\"{class}\"}} {count}");
                }
            }
            let mut below = 0;
            for ((_, end), counter) in BUCKETS.iter().zip(&figure.buckets) {
                below += read(counter);
                let _ = writeln!(times, "{SECONDS}_bucket{{operation=\"{name}\",le=\"{end}\"}} {below}");
            }
            let _ = writeln!(times, "{SECONDS}_bucket{{operation=\"{name}\",le=\"+Inf\"}} {total}");
            let seconds = Duration::from_micros(read(&figure.micros)).as_secs_f64();
            let _ = writeln!(times, "{SECONDS}_sum{{operation=\"{name}\"}} {seconds}");
            let _ = writeln!(times, "{SECONDS}_count{{operation=\"{name}\"}} {total}");
        }
        text + &times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_called_is_counted() {
        let figures = Figures::default();
        let figure = figures.of("create_message");
        figures.of("never_called");
        figure.count(200, Duration::from_micros(900));
        figure.count(204, Duration::from_millis(3));
        figure.count(403, Duration::from_mins(1));
        let text = figures.text();
        for line in [
            "guildhall_http_requests_total{operation=\"create_message\",status=\"2xx\"} 2",
            "guildhall_http_requests_total{operation=\"create_message\",status=\"4xx\"} 1",
            "guildhall_http_request_seconds_bucket{operation=\"create_message\",le=\"0.001\"} 1",
            "guildhall_http_request_seconds_bucket{operation=\"create_message\",le=\"5\"} 2",
            "guildhall_http_request_seconds_bucket{operation=\"create_message\",le=\"+Inf\"} 3",
            "guildhall_http_request_seconds_sum{operation=\"create_message\"} 60.0039",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} in\n{text}");
        }
        assert!(!text.contains("never_called"));
    }
}
