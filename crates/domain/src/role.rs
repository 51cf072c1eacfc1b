//! What a member may do in an app (spec 20).

/// The place of a person in an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, members and keys included.
    Owner,
    /// All rows of the app.
    Admin,
    /// Their own calendar and bookings.
    Member,
}

impl Role {
    /// All roles, the most powerful first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::Member];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// The role of that name.
    ///
    /// ```
    /// use domain::Role;
    ///
    /// assert_eq!(Role::parse("owner"), Some(Role::Owner));
    /// assert_eq!(Role::parse("Owner"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}
