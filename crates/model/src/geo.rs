//! Where things are: coordinates and the distance between them as the crow flies.
//! It knows no roads and asks nobody.

use serde::{Deserialize, Serialize};

use crate::id::Why;

/// A point on earth, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coordinates {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Coordinates {
    /// Takes degrees that exist.
    pub fn parse(latitude: f64, longitude: f64) -> Result<Self, Why> {
        if (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) {
            Ok(Self { latitude, longitude })
        } else {
            Err("ligt niet op de aarde")
        }
    }

    /// Great-circle distance in whole metres (haversine, mean earth radius).
    pub fn metres_to(self, other: Self) -> u32 {
        const EARTH_RADIUS_METRES: f64 = 6_371_008.8;
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_north = (to - from) / 2.0;
        let half_east = (other.longitude - self.longitude).to_radians() / 2.0;
        let chord = half_north.sin().powi(2) + from.cos() * to.cos() * half_east.sin().powi(2);
        let metres = 2.0 * EARTH_RADIUS_METRES * chord.sqrt().min(1.0).asin();
        // Half the circumference of the earth fits in a u32 many times over.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 20,015,115 metres")]
        let whole = metres.round() as u32;
        whole
    }
}
