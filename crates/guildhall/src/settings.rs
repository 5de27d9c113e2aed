//! Where settings are read: a file of TOML and the environment, both checked against the shapes of an example. What is said of
//! a wrong one never repeats what was given: it may be a secret.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::Problem;

/// A part of the program that has settings of its own.
pub(crate) struct Part {
    /// How it is called.
    pub(crate) name: &'static str,
    /// Its example file, which shows every setting, its shape and its default.
    pub(crate) example: &'static str,
    /// The commands that print the example, and check a file.
    pub(crate) commands: [&'static str; 2],
    /// What its variables begin with.
    pub(crate) prefix: &'static str,
}

/// Reads what a part is told, by a file and the environment, which wins. What is `other`'s is refused with a hint.
pub(crate) fn read(
    part: &Part,
    other: &Part,
    path: Option<&Path>,
    skip: impl Fn(&str) -> bool,
) -> Result<Table, Problem> {
    let shapes = shapes(part.example);
    let unknown = |name: &str| unknown(name, part, other, &shapes);
    let mut table = file(path, other)?;
    check(&table, &shapes, "", &unknown)?;
    for (name, text) in environment(part.prefix, skip)? {
        let (section, key, shape) = find(&shapes, &name).ok_or_else(|| unknown(&name))?;
        let value = shaped(&format!("{}{}", part.prefix, name.to_uppercase()), shape, text)?;
        let within = match section {
            Some(section) => table.entry(section).or_insert_with(|| Table::new().into()).as_table_mut(),
            None => Some(&mut table),
        };
        if let Some(within) = within {
            within.retain(|known, _| snake(known) != key);
            within.insert(key.to_owned(), value);
        }
    }
    Ok(table)
}

/// Settings of which the names and shapes are known to be right.
pub(crate) fn parsed<T: DeserializeOwned>(table: Table) -> Result<T, Problem> {
    table.try_into().map_err(|error: toml::de::Error| {
        Problem::new(format!("a setting cannot be read: {}", error.to_string().trim_end().replace('\n', " ")))
    })
}

/// What an example shows, with the marks of comments taken away: the name and the shape of every setting.
pub(crate) fn shapes(example: &str) -> Table {
    let shown = example.lines().filter_map(|line| {
        let line = line.strip_prefix("# ")?;
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let section = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        let name = section.or_else(|| line.split_once(" = ").map(|(name, _)| name))?;
        plain(name).then_some(line)
    });
    shown.collect::<Vec<_>>().join("\n").parse().unwrap_or_default()
}

/// Reads a file, if one is named.
fn file(path: Option<&Path>, other: &Part) -> Result<Table, Problem> {
    let Some(path) = path else { return Ok(Table::new()) };
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| Problem::new(format!("failed to read {shown}: {error}")))?;
    // An example of the other part, of which nothing is set yet, would pass as one of ours.
    if text.lines().next().is_some_and(|first| other.example.lines().next() == Some(first)) {
        let [_, command] = other.commands;
        return Err(Problem::new(format!("{shown} is for {}: see `{command}`", other.name)));
    }
    text.parse().map_err(|error: toml::de::Error| {
        // Displayed as a whole, the error would show the line.
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Problem::new(format!("{shown} is not TOML: line {line}: {}", error.message()))
    })
}

/// The setting that a variable names: its section, if it has one, its key and its shape.
fn find<'a>(shapes: &'a Table, name: &str) -> Option<(Option<&'a str>, &'a str, &'a Value)> {
    if let Some((key, shape)) = shapes.get_key_value(name).filter(|(_, shape)| !shape.is_table() || is_open(shape)) {
        return Some((None, key, shape));
    }
    shapes.iter().find_map(|(section, within)| {
        let key = name.strip_prefix(section.as_str())?.strip_prefix('_')?;
        let (key, shape) = within.as_table()?.get_key_value(key)?;
        Some((Some(section.as_str()), key.as_str(), shape))
    })
}

/// The variables whose names begin with a prefix: what follows it, in small letters, and their values.
fn environment(prefix: &str, skip: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>, Problem> {
    named(std::env::vars_os(), prefix, skip)
}

fn named(
    variables: impl Iterator<Item = (OsString, OsString)>,
    prefix: &str,
    skip: impl Fn(&str) -> bool,
) -> Result<Vec<(String, String)>, Problem> {
    let mut found = Vec::new();
    for (variable, value) in variables.filter(|(name, _)| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
        let wrong = || Problem::new(format!("{} in the environment is not UTF-8", variable.display()));
        let name = variable.to_str().and_then(|name| name.strip_prefix(prefix)).ok_or_else(wrong)?.to_lowercase();
        if !skip(&name) && !is_service_link(&name, &value) {
            let value = value.to_str().ok_or_else(wrong)?.to_owned();
            found.push((name, value));
        }
    }
    Ok(found)
}

/// Whether Kubernetes made it: it tells containers of each service near them, by names that begin with the service's
/// (`GUILDHALL_SERVICE_HOST`, `GUILDHALL_PORT=tcp://10.0.0.1:8080`).
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let numbered =
        |number: &str, protocol: &str| number.parse::<u16>().is_ok() && ["tcp", "udp", "sctp"].contains(&protocol);
    match words.as_slice() {
        [.., "service", "host"] => true,
        [.., "port", number, protocol] | [.., "port", number, protocol, "addr" | "port" | "proto"]
            if numbered(number, protocol) =>
        {
            true
        }
        words if words.windows(2).any(|two| two == ["service", "port"]) => true,
        // A number would be somebody's wish, who is to hear that there is no such setting.
        [.., "port"] => value.to_str().is_some_and(|value| value.contains("://")),
        _ => false,
    }
}

/// What a variable says, in the shape of its setting.
fn shaped(variable: &str, shape: &Value, text: String) -> Result<Value, Problem> {
    let value = match shape {
        // Whatever it looks like: a password may be a number.
        Value::String(_) => return Ok(Value::String(text)),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        _ => format!("list = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("list")),
    };
    let value = value.filter(|value| fits(shape, value));
    value.ok_or_else(|| Problem::new(format!("{variable} must be {}", called(shape))))
}

/// Whether everything is known, and has the shape of its setting.
fn check(table: &Table, shapes: &Table, within: &str, unknown: &impl Fn(&str) -> Problem) -> Result<(), Problem> {
    for (key, value) in table {
        let name = format!("{within}{key}");
        let shape = shapes.get(key).or_else(|| shapes.get(&snake(key))).ok_or_else(|| unknown(&name))?;
        match (value, shape) {
            (Value::Table(table), open) if is_open(open) => {
                if let Some((key, _)) = table.iter().find(|(_, value)| !value.is_str()) {
                    return Err(Problem::new(format!("{name}.{key} must be text in quotes")));
                }
            }
            (Value::Table(table), Value::Table(shapes)) => check(table, shapes, &format!("{name}."), unknown)?,
            (value, shape) if fits(shape, value) => {}
            _ => return Err(Problem::new(format!("{name} must be {}", called(shape)))),
        }
    }
    Ok(())
}

/// Whether a section takes any names, with texts.
fn is_open(shape: &Value) -> bool {
    shape.as_table().is_some_and(Table::is_empty)
}

fn fits(shape: &Value, value: &Value) -> bool {
    match (shape, value) {
        (Value::Float(_), Value::Integer(_)) => true,
        (Value::Array(shapes), Value::Array(values)) => {
            let text = shapes.first().is_none_or(Value::is_str);
            !text || values.iter().all(Value::is_str)
        }
        _ => shape.same_type(value),
    }
}

const fn called(shape: &Value) -> &'static str {
    match shape {
        Value::String(_) => "text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Table(_) => "a section",
        _ => "a list of texts, as in [\"one\", \"two\"]",
    }
}

/// `clientId` as `client_id`: some settings go by either name.
fn snake(name: &str) -> String {
    name.chars().fold(String::new(), |mut snake, letter| {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        snake
    })
}

/// What is said of a setting that nobody knows, with the nearest one that is known.
fn unknown(name: &str, part: &Part, other: &Part, shapes: &Table) -> Problem {
    let [example, _] = part.commands;
    if crate::settings::shapes(other.example).contains_key(name) {
        return Problem::new(format!("`{name}` is a setting of {}: see `{example}` for what there is", other.name));
    }
    // Of a short name little may be wrong, or it is another word.
    let most = (name.chars().count() / 3 + 1).min(4);
    let nearest = names(shapes).into_iter().map(|known| (strsim::damerau_levenshtein(&known, name), known)).min();
    Problem::new(match nearest.filter(|(distance, _)| *distance <= most) {
        Some((_, known)) => format!("unknown setting `{name}`: did you mean `{known}`?"),
        None => format!("unknown setting `{name}`: see `{example}`"),
    })
}

/// The names of all settings, those of a section behind its name.
fn names(shapes: &Table) -> Vec<String> {
    let within = |(key, shape): (&String, &Value)| match shape {
        Value::Table(table) if !table.is_empty() => table.keys().map(|name| format!("{key}.{name}")).collect(),
        _ => vec![key.clone()],
    };
    shapes.iter().flat_map(within).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn variable(name: &str, value: &str) -> Result<Vec<(String, String)>, String> {
        let variables = [(OsString::from(name), OsString::from(value))];
        named(variables.into_iter(), "GUILDHALL_", |name| name == "config").map_err(|problem| problem.to_string())
    }

    #[test]
    fn what_kubernetes_tells_of_services_is_no_setting() {
        for (name, value) in [
            ("GUILDHALL_PORT", "tcp://10.0.0.1:8080"),
            ("GUILDHALL_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("GUILDHALL_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("GUILDHALL_PORT_8080_TCP_PORT", "8080"),
            ("GUILDHALL_PORT_8080_TCP_PROTO", "tcp"),
            ("GUILDHALL_SERVICE_HOST", "10.0.0.1"),
            ("GUILDHALL_SERVICE_PORT", "8080"),
            ("GUILDHALL_SERVICE_PORT_HTTP", "8080"),
            ("GUILDHALL_POSTGRESQL_SERVICE_HOST", "10.0.0.2"),
            ("GUILDHALL_POSTGRESQL_PORT", "tcp://10.0.0.2:5432"),
            ("GUILDHALL_CONFIG", "somewhere"),
            ("OTHER", "1"),
        ] {
            assert_eq!(variable(name, value), Ok(vec![]), "{name}");
        }
        for (name, value) in [("PORT", "8080"), ("SERVICE", "1"), ("LISTEN", "tcp://10.0.0.1:8080"), ("PORTS", "a://")]
        {
            assert_eq!(
                variable(&format!("GUILDHALL_{name}"), value),
                Ok(vec![(name.to_lowercase(), value.to_owned())]),
                "{name}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_matter_only_where_they_are_ours() {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = || OsString::from_vec(vec![b'x', 0xFF]);
        let read = |name: OsString| {
            named([(name, bytes())].into_iter(), "GUILDHALL_", |name| name == "config")
                .map_err(|error| error.to_string())
        };
        assert_eq!(read("OTHER".into()), Ok(vec![]));
        assert_eq!(read("GUILDHALL_CONFIG".into()), Ok(vec![]), "a path need not be text");
        let error = read("GUILDHALL_S3_SECRET".into()).unwrap_err();
        assert_eq!(error, "GUILDHALL_S3_SECRET in the environment is not UTF-8");
        let name = OsString::from_vec([b"GUILDHALL_".as_slice(), &[0xFF]].concat());
        assert!(read(name).unwrap_err().ends_with("in the environment is not UTF-8"));
        assert_eq!(read(bytes()), Ok(vec![]));
    }

    const HALL: Part = Part {
        name: "the hall",
        example: "# The hall's. It listens.\n# listen = \"\"\n# message_length = 1\n# s3_key = \"\"\n# log = \"\"\n",
        commands: ["hall example", "hall check"],
        prefix: "TEST_HALL_",
    };

    const NODE: Part = Part {
        name: "a node",
        example: "# A node's.\n# workers = 1\n# [part]\n# on = false\n# least = 1.5\n# names = []\n# key_name = \"\"\n",
        commands: ["node example", "node check"],
        prefix: "TEST_NODE_",
    };

    #[test]
    fn an_unknown_name_is_told_the_nearest() {
        for (name, says) in [
            ("lisen", "unknown setting `lisen`: did you mean `listen`?"),
            ("message_lenght", "unknown setting `message_lenght`: did you mean `message_length`?"),
            ("server", "unknown setting `server`: see `hall example`"),
            ("port", "unknown setting `port`: see `hall example`"),
            ("workers", "`workers` is a setting of a node: see `hall example` for what there is"),
        ] {
            assert_eq!(unknown(name, &HALL, &NODE, &shapes(HALL.example)).to_string(), says);
        }
        let said = unknown("part.nmaes", &NODE, &HALL, &shapes(NODE.example)).to_string();
        assert_eq!(said, "unknown setting `part.nmaes`: did you mean `part.names`?");
    }

    #[test]
    fn a_file_is_read_without_repeating_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file.toml");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&NODE, &HALL, Some(&path), |_| false).map_err(|problem| problem.to_string())
        };
        for (text, says) in [
            ("workers = 1\npart = postgres://u:hunter2@h/d", "is not TOML: line 2: "),
            ("workers = 1\nworkers = 2", "is not TOML: line 2: "),
            ("part = 1", "part must be a section"),
            ("[part]\non = 123456", "part.on must be true or false"),
            ("[part]\nkey_name = 123456", "part.key_name must be text in quotes"),
            ("[part]\nkeyName = 123456", "part.keyName must be text in quotes"),
            ("[part]\nnames = [123456]", "part.names must be a list of texts, as in [\"one\", \"two\"]"),
            ("[part]\nnmaes = []", "did you mean `part.names`?"),
            (HALL.example, "is for the hall: see `hall check`"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(says) && !said.contains("hunter2") && !said.contains("123456"), "{said}");
        }
        assert!(read(NODE.example).unwrap().is_empty());
        let written = "[part]\nleast = 1\nkeyName = \"one\"";
        assert_eq!(read(written).unwrap(), written.parse::<Table>().unwrap());
    }

    #[test]
    fn a_variable_takes_the_shape_of_its_setting() {
        let shapes = shapes(NODE.example);
        let (section, key, _) = find(&shapes, "part_key_name").unwrap();
        assert_eq!((section, key), (Some("part"), "key_name"));
        assert!(find(&shapes, "part").is_none() && find(&shapes, "key_name").is_none());
        for (name, text, value) in [
            ("workers", "7", Some(Value::Integer(7))),
            ("workers", "seven", None),
            ("workers", "", None),
            ("part_on", "true", Some(Value::Boolean(true))),
            ("part_on", "1", None),
            ("part_least", "2", Some(Value::Float(2.0))),
            ("part_key_name", "12345", Some("12345".into())),
            ("part_names", "[\"one\"]", Some(Value::Array(vec!["one".into()]))),
            ("part_names", "one", None),
            ("part_names", "[1]", None),
        ] {
            let (_, _, shape) = find(&shapes, name).unwrap();
            assert_eq!(shaped(name, shape, text.to_owned()).ok(), value, "{name} {text}");
        }
    }
}
