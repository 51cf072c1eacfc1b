//! The one builder for lists with search keys and orders.
//!
//! The text is put together from `&'static str` fragments only; values are always binds.

use domain::Page;

use super::{Conn, FromRow, Param, Result};

/// A list that is being put together: a page of it, and how long all of it is.
///
/// In a fragment each `$?` takes the next of the values given with it.
///
/// ```
/// use store::db::{Direction, List};
///
/// let mut list = List::new("id, name", "booking", "id");
/// list.filter("app_id = $?", [7.into()]);
/// list.filter("(name = $? OR state = $?)", ["Ann".into(), "done".into()]);
/// list.order("starts_at", Direction::Descending);
///
/// assert_eq!(
///     list.page_sql(),
///     "SELECT id, name FROM booking WHERE app_id = $1 AND (name = $2 OR state = $3) \
///      ORDER BY starts_at DESC, id LIMIT $4 OFFSET $5"
/// );
/// assert_eq!(
///     list.count_sql(),
///     "SELECT count(*) FROM booking WHERE app_id = $1 AND (name = $2 OR state = $3)"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct List<'a> {
    columns: &'static str,
    table: &'static str,
    key: &'static str,
    conditions: String,
    params: Vec<Param<'a>>,
    order: String,
    key_direction: Direction,
}

/// Which end of an order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest.
    Ascending,
    /// The greatest.
    Descending,
}

impl<'a> List<'a> {
    /// A list of `columns` from `table` (joins may follow); `key` is unique and decides between equals.
    pub fn new(columns: &'static str, table: &'static str, key: &'static str) -> Self {
        Self {
            columns,
            table,
            key,
            conditions: String::new(),
            params: Vec::new(),
            order: String::new(),
            key_direction: Direction::Ascending,
        }
    }

    /// Keeps only rows for which `condition` holds too.
    pub fn filter(
        &mut self,
        condition: &'static str,
        values: impl IntoIterator<Item = Param<'a>>,
    ) -> &mut Self {
        let joint = if self.conditions.is_empty() {
            " WHERE "
        } else {
            " AND "
        };
        self.conditions.push_str(joint);
        let mut number = self.params.len();
        self.params.extend(values);
        for (index, part) in condition.split("$?").enumerate() {
            if index > 0 {
                number += 1;
                self.conditions.push('$');
                self.conditions.push_str(&number.to_string());
            }
            self.conditions.push_str(part);
        }
        debug_assert_eq!(number, self.params.len(), "one value for each `$?`");
        self
    }

    /// Which way the key decides between equals; it orders the list where nothing else does.
    pub fn key_direction(&mut self, direction: Direction) -> &mut Self {
        self.key_direction = direction;
        self
    }

    /// Orders by `expression`, after the orders given before.
    pub fn order(&mut self, expression: &'static str, direction: Direction) -> &mut Self {
        self.order.push_str(expression);
        self.order.push_str(match direction {
            Direction::Ascending => ", ",
            Direction::Descending => " DESC, ",
        });
        self
    }

    /// The same with rows that have no value at the end, on both engines.
    pub fn order_nulls_last(
        &mut self,
        expression: &'static str,
        direction: Direction,
    ) -> &mut Self {
        self.order.push_str(expression);
        self.order.push_str(match direction {
            Direction::Ascending => " NULLS LAST, ",
            Direction::Descending => " DESC NULLS LAST, ",
        });
        self
    }

    /// The statement for one page.
    pub fn page_sql(&self) -> String {
        let count = self.params.len();
        format!(
            "SELECT {} FROM {}{} ORDER BY {}{}{} LIMIT ${} OFFSET ${}",
            self.columns,
            self.table,
            self.conditions,
            self.order,
            self.key,
            match self.key_direction {
                Direction::Ascending => "",
                Direction::Descending => " DESC",
            },
            count + 1,
            count + 2
        )
    }

    /// The statement for the length.
    pub fn count_sql(&self) -> String {
        format!("SELECT count(*) FROM {}{}", self.table, self.conditions)
    }

    /// Reads `limit` rows after the first `offset`.
    pub async fn page<T: FromRow>(
        &self,
        conn: &mut Conn,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<T>> {
        let mut params = self.params.clone();
        params.extend([limit.into(), offset.into()]);
        conn.query_built(&self.page_sql(), &params).await
    }

    /// Reads one page, and counts all rows where the page does not tell.
    pub async fn read<T: FromRow>(&self, conn: &mut Conn, page: Page) -> Result<(Vec<T>, u64)> {
        let rows: Vec<T> = self.page(conn, page.limit().into(), page.offset()).await?;
        let read = rows.len() as u64;
        let whole = read < u64::from(page.limit()) && (read > 0 || page.number() == 1);
        let total = if whole {
            u64::try_from(page.offset()).unwrap_or_default() + read
        } else {
            u64::try_from(self.count(conn).await?).unwrap_or_default()
        };
        Ok((rows, total))
    }

    /// Counts all rows.
    pub async fn count(&self, conn: &mut Conn) -> Result<i64> {
        let rows = conn
            .query_built::<(i64,)>(&self.count_sql(), &self.params)
            .await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}

/// A pattern for `LIKE … ESCAPE '\\'` that matches `text` itself, with any text before or after it where open.
///
/// ```
/// assert_eq!(store::db::like("50%", false, true), "50\\%%");
/// ```
pub fn like(text: &str, open_start: bool, open_end: bool) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    if open_start {
        pattern.push('%');
    }
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    if open_end {
        pattern.push('%');
    }
    pattern
}
