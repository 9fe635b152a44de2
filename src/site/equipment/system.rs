//! What the browser says about the computer: enough for a hint, never a reason to turn somebody away.

use axum::http::HeaderMap;

use crate::web::address;

/// The person's system as the browser names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// `Firefox unter Windows 10 oder neuer`
    pub said: String,
    pub fit: Fit,
}

/// How the system fits what one needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Windows in a version that is new enough.
    Fits,
    /// Windows, but an older version.
    Old,
    /// A telephone or tablet.
    Handheld,
    /// Another system, or one that cannot be told.
    Other,
}

impl System {
    /// What the request's own words say; `windows` is the oldest version that fits.
    pub fn of(headers: &HeaderMap, windows: i32) -> Self {
        let agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let device = address::device(headers);
        let version = agent.split_once("Windows NT ").and_then(|(_, rest)| {
            let number = rest.split([';', ')', ' ']).next()?;
            VERSIONS.iter().find(|(kernel, _, _)| *kernel == number)
        });
        match version {
            Some((_, release, name)) => Self {
                said: device.replace("Windows", name),
                fit: if *release >= windows { Fit::Fits } else { Fit::Old },
            },
            None if ["Android", "iPhone", "iPad"].iter().any(|mark| agent.contains(mark)) => {
                Self { said: device, fit: Fit::Handheld }
            }
            None => Self { said: device, fit: Fit::Other },
        }
    }
}

/// What browsers call Windows, its version, and its name. Version 11 calls itself 10.0, too.
const VERSIONS: [(&str, i32, &str); 6] = [
    ("5.1", 5, "Windows XP"),
    ("6.0", 6, "Windows Vista"),
    ("6.1", 7, "Windows 7"),
    ("6.2", 8, "Windows 8"),
    ("6.3", 8, "Windows 8.1"),
    ("10.0", 11, "Windows 10 oder neuer"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn system(agent: &str) -> System {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", agent.parse().expect("header"));
        System::of(&headers, 8)
    }

    #[test]
    fn browsers_are_read_as_far_as_they_say() {
        let ten = system("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0");
        assert_eq!(ten, System { said: "Firefox unter Windows 10 oder neuer".into(), fit: Fit::Fits });
        let eight = system("Mozilla/5.0 (Windows NT 6.2; WOW64) AppleWebKit/537.36 Chrome/109.0.0.0 Safari/537.36");
        assert_eq!(eight, System { said: "Chrome unter Windows 8".into(), fit: Fit::Fits });
        assert_eq!(system("Mozilla/5.0 (Windows NT 6.1) Firefox/115.0").fit, Fit::Old);
        assert_eq!(system("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1").fit, Fit::Handheld);
        assert_eq!(system("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0").fit, Fit::Other);
        assert_eq!(system("").fit, Fit::Other);
    }
}
