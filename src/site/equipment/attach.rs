//! Attaching a result to one's own application: the figures within bounds, the system as the request names it.

use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;

use super::system::System;
use crate::applications::equipment::{self, Attaching, Check, FASTEST_KBIT, SLOWEST_MS};
use crate::id::ApplicationId;
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::web::form::{Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Me, see_other};

/// What the script filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CheckForm {
    down_kbit: String,
    up_kbit: String,
    latency_ms: String,
    jitter_ms: String,
    /// `ja`, `nein`, or empty: not tried.
    microphone: String,
    camera: String,
}

impl CheckForm {
    /// The proven check; none if a figure is missing or out of bounds, which only a hand-made request can bring about.
    fn prove(&self, system: String) -> Option<Check> {
        let within = |typed: &str, most: i32| typed.parse().ok().filter(|value| (0..=most).contains(value));
        Some(Check {
            down_kbit: within(&self.down_kbit, FASTEST_KBIT)?,
            up_kbit: within(&self.up_kbit, FASTEST_KBIT)?,
            latency_ms: within(&self.latency_ms, SLOWEST_MS)?,
            jitter_ms: within(&self.jitter_ms, SLOWEST_MS)?,
            microphone: tried(&self.microphone)?,
            camera: tried(&self.camera)?,
            system,
        })
    }
}

fn tried(said: &str) -> Option<Option<bool>> {
    match said {
        "ja" => Some(Some(true)),
        "nein" => Some(Some(false)),
        "" => Some(None),
        _ => None,
    }
}

/// `POST /bewerbung/{id}/technik`
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    headers: HeaderMap,
    Path(id): Path<ApplicationId>,
    Form(form): Form<CheckForm>,
) -> Answer {
    let windows = policy::at(&portal.db, now).await?.value(Figure::WindowsVersion);
    let check = form.prove(System::of(&headers, windows).said).ok_or(Error::Malformed)?;
    let flash = match equipment::attach(&portal.db, id, me.account.into(), &check, now).await? {
        Attaching::Done => Flash::ok(
            "Das Ergebnis liegt jetzt bei deiner Bewerbung.",
            "Du kannst die Messung wiederholen; es zählt, was zuletzt dabei war.",
        ),
        Attaching::Held => Flash::warn(
            "Dieses Ergebnis konnten wir nicht beilegen.",
            "Es würde ein älteres verdrängen, das wir wegen einer rechtlichen Auseinandersetzung aufheben müssen.",
        ),
        Attaching::NotThere => return Err(Error::NotFound),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other("/technik"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prove(down: &str, latency: &str, microphone: &str) -> Option<Check> {
        let form = CheckForm {
            down_kbit: down.into(),
            up_kbit: "2000".into(),
            latency_ms: latency.into(),
            jitter_ms: "3".into(),
            microphone: microphone.into(),
            camera: String::new(),
        };
        form.prove("Firefox".into())
    }

    #[test]
    fn figures_have_bounds() {
        let check = prove("38000", "20", "ja").expect("proven");
        assert_eq!((check.down_kbit, check.microphone, check.camera), (38_000, Some(true), None));
        for (down, latency, microphone) in
            [("-1", "20", "ja"), ("10000001", "20", "ja"), ("", "20", ""), ("1", "60001", ""), ("1", "2", "vielleicht")]
        {
            assert_eq!(prove(down, latency, microphone), None, "{down} {latency} {microphone}");
        }
    }
}
