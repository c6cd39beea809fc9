//! Time zones by name.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// `*time.Location`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Zone {
    /// UTC.
    Utc,
    /// Local time, which is UTC under another name.
    Local,
    /// A zone that a text told of.
    Fixed { name: String, offset: i64 },
    /// A zone of the tz database.
    Named { name: String, zone: TimeZone },
}

impl Zone {
    /// `time.LoadLocation`.
    pub(super) fn load(name: &str) -> Option<Self> {
        static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
        match name {
            "" | "UTC" => return Some(Self::Utc),
            "Local" => return Some(Self::Local),
            _ => {}
        }
        let zone = DATABASE.get(name).ok()?;
        // Go looks for a file of that very name.
        (zone.iana_name() == Some(name)).then(|| Self::Named { name: name.to_owned(), zone })
    }

    /// Seconds east of Greenwich and the abbreviation, at a time.
    pub(super) fn at(&self, unix: i64) -> (i64, String) {
        match self {
            Self::Utc | Self::Local => (0, "UTC".to_owned()),
            Self::Fixed { name, offset } => (*offset, name.clone()),
            Self::Named { zone, .. } => match Timestamp::from_second(unix) {
                Ok(timestamp) => {
                    let info = zone.to_offset_info(timestamp);
                    (i64::from(info.offset().seconds()), info.abbreviation().to_owned())
                }
                Err(_) => (0, "UTC".to_owned()),
            },
        }
    }

    /// Its name, as `Location.String` gives it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Local => "Local",
            Self::Fixed { name, .. } | Self::Named { name, .. } => name,
        }
    }
}
