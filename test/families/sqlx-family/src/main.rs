type Row = sqlx::postgres::PgRow;

/// How large a query's record is: that follows from the stored description of its columns.
fn record_bytes<Record, Read, Arguments>(_: &sqlx::query::Map<'_, sqlx::Postgres, Read, Arguments>) -> usize
where
    Read: FnMut(Row) -> sqlx::Result<Record> + Send,
    Record: Unpin,
{
    std::mem::size_of::<Record>()
}

fn main() {
    println!("{}", record_bytes(&sqlx::query!("select count from words")));
}
