//! The customers of bookings: a row of its own for each booking, so that history does not change.

use domain::{AppId, BookingId, CustomerId};

use crate::db::{Conn, FromRow, Param, Result, Row};

/// A customer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The booking.
    pub booking_id: BookingId,
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Phone, empty where none was given.
    pub phone: String,
    /// Name on a voice service, empty where none was given.
    pub voip: String,
    /// IANA time zone.
    pub timezone: String,
    /// Every other key that was sent, a JSON object as text.
    pub extra: String,
}

impl FromRow for Customer {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            booking_id: row.get(1)?,
            name: row.get(2)?,
            email: row.get(3)?,
            phone: row.get(4)?,
            voip: row.get(5)?,
            timezone: row.get(6)?,
            extra: row.get(7)?,
        })
    }
}

/// Adds a [`row`], with the booking.
pub(crate) const INSERT: &str = "
    INSERT INTO customer (app_id, booking_id, id, name, name_fold, email, email_fold, phone, voip, timezone, extra)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// The values of a new customer.
pub(crate) fn row(app: AppId, customer: &Customer) -> [Param<'_>; 11] {
    [
        app.into(),
        customer.booking_id.into(),
        customer.id.into(),
        (&customer.name).into(),
        customer.name.to_lowercase().into(),
        (&customer.email).into(),
        domain::email::fold(&customer.email).into(),
        (&customer.phone).into(),
        (&customer.voip).into(),
        (&customer.timezone).into(),
        (&customer.extra).into(),
    ]
}

/// The customers of several bookings, in no order: to sort them would cost as much as to find them.
pub async fn of_bookings(
    conn: &mut Conn,
    app: AppId,
    bookings: &[BookingId],
) -> Result<Vec<Customer>> {
    conn.query(
        "SELECT id, booking_id, name, email, phone, voip, timezone, extra
         FROM customer WHERE app_id = $1 AND booking_id = ANY($2)",
        &[app.into(), bookings.into()],
    )
    .await
}
