//! A connection and what runs on it: statements with their values, rows with theirs.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::{Error, Result, Row, Value};

/// Prepared statements kept for each connection.
pub(super) const STATEMENTS: usize = 256;
/// How long a connection waits for another program that writes.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Longer than most who read take, and shorter than anybody notices.
const MOMENT: Duration = Duration::from_millis(2);

/// How a write-ahead log stands.
pub(super) struct Log {
    /// Somebody who reads or writes was in the way.
    busy: bool,
    /// Its frames: a page and 24 bytes each.
    pub(super) frames: i64,
    /// How many of them are in the file.
    pub(super) folded: i64,
}

/// A connection with the texts of its statements.
#[derive(Debug)]
pub(super) struct Core {
    connection: Connection,
    texts: Texts,
}

impl Core {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, texts: Texts::default() }
    }

    pub(super) fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        query(&self.connection, &mut self.texts, sql, values)
    }

    pub(super) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        execute(&self.connection, &mut self.texts, sql, values)
    }

    /// Several statements without values.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// One statement that is run often and gives nothing.
    pub(super) fn step(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// How the write-ahead log stands.
    pub(super) fn log(&mut self) -> Result<Log> {
        self.checkpoint("PRAGMA wal_checkpoint(NOOP)")
    }

    /// Folds what it can of the write-ahead log while others read and write.
    pub(super) fn fold_beside(&mut self) -> Result<Log> {
        self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Folds what is left of the write-ahead log, and hardly waits for who reads in it. Whether the next commit begins it anew:
    /// where somebody goes on reading in it, it does not.
    pub(super) fn fold_rest(&mut self) -> Result<bool> {
        self.connection.busy_timeout(MOMENT)?;
        let log = self.checkpoint("PRAGMA wal_checkpoint(RESTART)");
        self.connection.busy_timeout(PATIENCE)?;
        log.map(|log| !log.busy)
    }

    fn checkpoint(&mut self, sql: &str) -> Result<Log> {
        let told = self.query(sql, &[])?;
        let row = told.first().ok_or_else(|| Error::Engine("a checkpoint told nothing".into()))?;
        Ok(Log { busy: row.get::<i64>(0)? != 0, frames: row.get(1)?, folded: row.get(2)? })
    }

    /// Whether no transaction is open: SQLite rolls back all of one when the disk fails in it.
    pub(super) fn is_idle(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Folds the write-ahead log into the file, and begins it anew where it lies: the next to open the database finds a log
    /// that has its size and nothing to read in it.
    pub(super) fn fold(&mut self) -> Result<()> {
        let log = self.checkpoint("PRAGMA wal_checkpoint(RESTART)")?;
        // What was in it, all of it folded or not. Only who writes begins it; this writes what is there already.
        if log.frames > 1 {
            let version: i64 = self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            self.connection.pragma_update(None, "user_version", version)?;
        }
        Ok(())
    }
}

/// Statements with SQLite's `?n` for our `$n`: SQLite numbers `$2` by first appearance, only `?2` means the second.
#[derive(Debug, Default)]
struct Texts(HashMap<String, String>);

impl Texts {
    fn get(&mut self, sql: &str) -> &str {
        if self.0.len() > 4 * STATEMENTS && !self.0.contains_key(sql) {
            self.0.clear();
        }
        // Two look-ups, so that a text which is known is not copied.
        if !self.0.contains_key(sql) {
            self.0.insert(sql.to_owned(), numbered(sql));
        }
        self.0.get(sql).map_or("", String::as_str)
    }
}

/// Replaces `$` before a digit by `?`, outside of quotes.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quote: Option<char> = None;
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) => {
                if open == character {
                    quote = None;
                }
                text.push(character);
            }
            (None, '\'' | '"') => {
                quote = Some(character);
                text.push(character);
            }
            (None, '$') if characters.peek().is_some_and(char::is_ascii_digit) => text.push('?'),
            (None, _) => text.push(character),
        }
    }
    text
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn query(connection: &Connection, texts: &mut Texts, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(texts.get(sql))?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(values))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(int) => Value::Int(int),
                ValueRef::Real(real) => Value::Real(real),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            });
        }
        all.push(Row(values));
    }
    Ok(all)
}

fn execute(connection: &Connection, texts: &mut Texts, sql: &str, values: &[Value]) -> Result<u64> {
    let mut statement = connection.prepare_cached(texts.get(sql))?;
    Ok(statement.execute(params_from_iter(values))? as u64)
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn numbers_parameters() {
        for (sql, want) in [
            ("SELECT $2, $1", "SELECT ?2, ?1"),
            ("SELECT '$1', $1", "SELECT '$1', ?1"),
            ("SELECT \"a$1\" || $12", "SELECT \"a$1\" || ?12"),
            ("SELECT '$', 'it''s $1'", "SELECT '$', 'it''s $1'"),
        ] {
            assert_eq!(numbered(sql), want);
        }
    }
}
