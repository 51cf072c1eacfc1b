//! Positions on the globe and how far they are apart.

/// The mean radius of the earth in kilometers.
const RADIUS: f64 = 6_371.008_8;

/// A position in decimal degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    latitude: f64,
    longitude: f64,
}

impl Position {
    /// A position: −90 to 90 degrees north, −180 to 180 degrees east.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let is_one = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        is_one.then_some(Self {
            latitude,
            longitude,
        })
    }

    /// The length of the shortest way over the globe, in kilometers.
    ///
    /// ```
    /// use domain::geo::Position;
    ///
    /// let copenhagen = Position::new(55.6761, 12.5683).expect("a position");
    /// let aarhus = Position::new(56.1629, 10.2039).expect("a position");
    /// assert_eq!(copenhagen.kilometers_to(aarhus).round(), 157.0);
    /// assert_eq!(copenhagen.kilometers_to(copenhagen), 0.0);
    /// assert_eq!(Position::new(91.0, 0.0), None);
    /// assert_eq!(Position::new(0.0, f64::NAN), None);
    /// ```
    pub fn kilometers_to(self, other: Self) -> f64 {
        let (north, other_north) = (self.latitude.to_radians(), other.latitude.to_radians());
        let across = (other_north - north) / 2.0;
        let along = (other.longitude - self.longitude).to_radians() / 2.0;
        let part = across.sin().powi(2) + north.cos() * other_north.cos() * along.sin().powi(2);
        // Rounding may lift it over 1 for opposite points.
        2.0 * RADIUS * part.min(1.0).sqrt().asin()
    }
}
