//! Codes and tokens of the demonstration: a code for each sign-in, good once and for a minute; tokens for a code, for an
//! older token, or, on this machine, for the asking. It must not know a page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use identity::claims::{Audience, Claims};
use identity::http::is_loopback;
use identity::provider::Granted;
use identity::signer::Signer;
use identity::{AUDIENCE, DEMO_GRANT};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use model::id::RegionId;
use ring::digest;

use super::people::{People, Person};
use crate::form::Fields;
use crate::secret;

/// How long a code is good.
const CODE: SignedDuration = SignedDuration::from_secs(60);
/// Most codes that wait to be used.
const MOST_CODES: usize = 1_000;
/// How long an access token is good.
const ACCESS: SignedDuration = SignedDuration::from_mins(10);
/// How long it can be renewed: a shift, and time to hand it over.
const REFRESH: SignedDuration = SignedDuration::from_hours(13);
/// The type of a token that renews.
const REFRESH_TYPE: &str = "refresh+jwt";

/// What somebody's pages asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    client: String,
    redirect: String,
    state: String,
    nonce: String,
    challenge: String,
}

/// Why there is no token, as OAuth calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused(&'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(serde_json::json!({ "error": self.0 }))).into_response()
    }
}

const NO_REQUEST: Refused = Refused("invalid_request");
const NO_GRANT: Refused = Refused("invalid_grant");

/// An address of this machine, to send somebody back to.
pub(super) fn here(raw: &str) -> Option<String> {
    let uri: Uri = raw.parse().ok()?;
    (uri.scheme_str() == Some("http") && is_loopback(uri.host()?)).then(|| raw.to_owned())
}

impl Asked {
    /// What a request for a code holds; anything but a code for a page on this machine is refused.
    pub(super) fn read(fields: &Fields) -> Result<Self, Refused> {
        let of = |name: &str| fields.get(name).to_owned();
        let is_right = fields.get("response_type") == "code"
            && fields.get("code_challenge_method") == "S256"
            && [43..=128].iter().any(|long| long.contains(&fields.get("code_challenge").len()))
            && ["client_id", "state"].iter().all(|name| fields.has(name));
        let redirect = here(fields.get("redirect_uri")).filter(|_| is_right).ok_or(NO_REQUEST)?;
        Ok(Self {
            client: of("client_id"),
            redirect,
            state: of("state"),
            nonce: of("nonce"),
            challenge: of("code_challenge"),
        })
    }

    /// The same again, as fields of a form.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let pairs = [
            ("response_type", "code"),
            ("code_challenge_method", "S256"),
            ("client_id", &self.client),
            ("redirect_uri", &self.redirect),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.challenge),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Whose page it is.
    pub(super) fn origin(&self) -> String {
        let uri: Option<Uri> = self.redirect.parse().ok();
        uri.and_then(|uri| Some(format!("http://{}", uri.authority()?))).unwrap_or_default()
    }

    /// Where the answer goes.
    pub(super) fn answer(&self, code: &str, issuer: &str) -> String {
        let pairs = [("code", code), ("state", &self.state), ("iss", issuer)];
        let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let glue = if self.redirect.contains('?') { '&' } else { '?' };
        format!("{}{glue}{query}", self.redirect)
    }
}

/// A code that waits to be used.
struct Waiting {
    asked: Asked,
    person: Person,
    until: Timestamp,
}

/// Gives codes and tokens.
pub(super) struct Grants {
    issuer: String,
    region: RegionId,
    signer: Signer,
    people: Arc<People>,
    waiting: Mutex<HashMap<String, Waiting>>,
}

impl Grants {
    pub(super) fn new(issuer: String, region: RegionId, signer: Signer, people: Arc<People>) -> Self {
        Self { issuer, region, signer, people, waiting: Mutex::default() }
    }

    /// A code for somebody.
    pub(super) fn code(&self, asked: &Asked, person: &Person, now: Timestamp) -> Result<String, Refused> {
        let code = secret::text().map_err(|_| Refused("server_error"))?;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, it| now < it.until);
        if waiting.len() >= MOST_CODES {
            return Err(Refused("temporarily_unavailable"));
        }
        let until = model::moment::later(now, CODE);
        waiting.insert(code.clone(), Waiting { asked: asked.clone(), person: person.clone(), until });
        Ok(code)
    }

    /// Tokens, for whatever is offered for them.
    pub(super) fn give(&self, fields: &Fields, now: Timestamp) -> Result<Granted, Refused> {
        match fields.get("grant_type") {
            "authorization_code" => self.for_code(fields, now),
            "refresh_token" => self.for_older(fields.get("refresh_token"), now),
            DEMO_GRANT => {
                let actor = fields.get("actor").parse().map_err(|_| NO_REQUEST)?;
                let mut person = self.people.anybody(actor).ok_or(NO_GRANT)?;
                // Said to be none, it is none.
                if let Some(locations) = fields.every("locaties").next() {
                    person.locations = locations.split_whitespace().map(ToOwned::to_owned).collect();
                }
                let region = Some(fields.get("regio")).filter(|region| !region.is_empty());
                // A token may be asked for a shorter time, never for a longer one.
                let lasts = fields.get("seconden").parse().map_or(ACCESS, SignedDuration::from_secs).min(ACCESS);
                self.granted(&person, region.unwrap_or(self.region.as_str()), None, None, (now, lasts))
            }
            _ => Err(Refused("unsupported_grant_type")),
        }
    }

    fn for_code(&self, fields: &Fields, now: Timestamp) -> Result<Granted, Refused> {
        // Whether it is right or wrong: a code is used once.
        let used = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(fields.get("code"));
        let Waiting { asked, person, until } = used.ok_or(NO_GRANT)?;
        let hash = digest::digest(&digest::SHA256, fields.get("code_verifier").as_bytes());
        let is_same = asked.client == fields.get("client_id")
            && asked.redirect == fields.get("redirect_uri")
            && asked.challenge == BASE64URL_NOPAD.encode(hash.as_ref());
        if !is_same || now >= until {
            return Err(NO_GRANT);
        }
        let sign_in = secret::text().map_err(|_| Refused("server_error"))?;
        self.granted(&person, self.region.as_str(), Some((&asked.client, &asked.nonce)), Some(sign_in), (now, ACCESS))
    }

    /// A token that renews, where it is one of ours and still good.
    fn older(&self, token: &str) -> Result<Claims, Refused> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[&self.issuer]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.leeway = 0;
        let keys = self.signer.keys();
        let key = keys.keys.first().and_then(|key| DecodingKey::from_jwk(key).ok()).ok_or(NO_GRANT)?;
        let older = decode::<Claims>(token, &key, &validation).map_err(|_| NO_GRANT)?;
        if older.header.typ.as_deref() != Some(REFRESH_TYPE) {
            return Err(NO_GRANT);
        }
        Ok(older.claims)
    }

    fn for_older(&self, token: &str, now: Timestamp) -> Result<Granted, Refused> {
        let older = self.older(token)?;
        let actor = older.caller(&self.region).map_err(|_| NO_GRANT)?.actor;
        // Who signed in here is still on the list, and did not sign out.
        let person = match &older.sid {
            Some(sign_in) if self.people.is_over(sign_in) => None,
            Some(_) => self.people.find(&actor),
            None => self.people.anybody(actor),
        };
        self.granted(&person.ok_or(NO_GRANT)?, self.region.as_str(), None, older.sid, (now, ACCESS))
    }

    /// The sign-in that a token comes from is over: neither it nor what came of it is renewed any more.
    pub(super) fn end(&self, token: &str, now: Timestamp) -> Result<(), Refused> {
        let Ok(Claims { sid: Some(sign_in), .. }) = self.older(token) else { return Ok(()) };
        let until = model::moment::later(now, REFRESH).as_second();
        self.people.end(&sign_in, until, now).map_err(|error| {
            tracing::error!(error = %service::Chain(&error), "A sign-in could not be taken back");
            Refused("server_error")
        })
    }

    fn granted(
        &self,
        person: &Person,
        region: &str,
        client: Option<(&str, &str)>,
        sign_in: Option<String>,
        (now, lasts): (Timestamp, SignedDuration),
    ) -> Result<Granted, Refused> {
        let claims = |audience: &str, lasts: SignedDuration, nonce: Option<&str>| Claims {
            iss: self.issuer.clone(),
            sub: person.actor.id.as_str().to_owned(),
            aud: Audience::One(audience.to_owned()),
            exp: model::moment::later(now, lasts).as_second(),
            iat: Some(now.as_second()),
            onderdak_rol: person.actor.role.name().to_owned(),
            onderdak_regio: region.to_owned(),
            onderdak_locaties: person.locations.clone(),
            nonce: nonce.map(ToOwned::to_owned),
            sid: sign_in.clone(),
        };
        let sign = |typ: &str, claims: &Claims| {
            self.signer.sign(typ, claims).map_err(|error| {
                tracing::error!(%error, "A token could not be signed");
                Refused("server_error")
            })
        };
        let id = client.map(|(client, nonce)| sign("JWT", &claims(client, lasts, Some(nonce)))).transpose()?;
        Ok(Granted {
            access_token: sign("at+jwt", &claims(AUDIENCE, lasts, None))?,
            id_token: id,
            refresh_token: Some(sign(REFRESH_TYPE, &claims(&self.issuer, REFRESH, None))?),
            expires_in: lasts.as_secs(),
            token_type: "Bearer".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use identity::http::is_loopback;
    use model::region::Region;

    use super::*;

    const ISSUER: &str = "http://127.0.0.1:7407";
    const VERIFIER: &str = "een-geheim-dat-niemand-raadt-en-lang-genoeg-is";

    fn now() -> Timestamp {
        service::clock::now()
    }

    fn grants() -> Grants {
        let region = RegionId::parse("flevoland").unwrap();
        Grants::new(ISSUER.to_owned(), region, Signer::new(&[7; 32]).unwrap(), people())
    }

    fn people() -> Arc<People> {
        let region = include_str!("../../../../deploy/regions/flevoland.toml");
        Arc::new(People::load(&Region::parse(region, "flevoland").unwrap(), None).unwrap())
    }

    fn somebody() -> Person {
        people().find(&"medewerker:demo".parse().unwrap()).unwrap()
    }

    fn form(pairs: &[(&str, &str)]) -> Fields {
        Fields::parse(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().as_bytes())
    }

    fn question<'a>(challenge: &'a str, redirect: &'a str) -> [(&'a str, &'a str); 7] {
        [
            ("response_type", "code"),
            ("code_challenge_method", "S256"),
            ("client_id", "portaal"),
            ("redirect_uri", redirect),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", challenge),
        ]
    }

    fn challenge() -> String {
        BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()).as_ref())
    }

    const BACK: &str = "http://127.0.0.1:7406/aanmelden/terug";

    fn used<'a>(code: &'a str, changed: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
        let all = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", "portaal"),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        all.into_iter().map(|(name, value)| if name == changed.0 { changed } else { (name, value) }).collect()
    }

    #[test]
    fn a_code_is_good_once_for_a_minute_and_only_for_whoever_asked_for_it() {
        let grants = grants();
        let asked = Asked::read(&form(&question(&challenge(), BACK))).unwrap();
        let code = |now| grants.code(&asked, &somebody(), now).unwrap();
        let first = code(now());
        let granted = grants.give(&form(&used(&first, ("", ""))), now()).unwrap();
        assert!(granted.id_token.is_some() && granted.refresh_token.is_some());
        assert_eq!(grants.give(&form(&used(&first, ("", ""))), now()), Err(NO_GRANT), "used before");
        for wrong in [("client_id", "iemand"), ("redirect_uri", "http://127.0.0.1:1/"), ("code_verifier", "geraden")] {
            let code = code(now());
            assert_eq!(grants.give(&form(&used(&code, wrong)), now()), Err(NO_GRANT), "{wrong:?}");
            assert_eq!(grants.give(&form(&used(&code, ("", ""))), now()), Err(NO_GRANT), "a try uses it up");
        }
        let then = now();
        let (code, late) = (code(then), model::moment::later(then, CODE));
        assert_eq!(grants.give(&form(&used(&code, ("", ""))), late), Err(NO_GRANT));
    }

    #[test]
    fn nobody_is_sent_to_another_machine_with_a_code() {
        for redirect in
            ["https://evil.example/", "http://evil.example/", "http://127.0.0.1.evil.example/", "javascript:1", ""]
        {
            assert_eq!(Asked::read(&form(&question(&challenge(), redirect))), Err(NO_REQUEST), "{redirect}");
            assert_eq!(here(redirect), None, "{redirect}");
        }
        assert_eq!(Asked::read(&form(&question("kort", BACK))), Err(NO_REQUEST), "a challenge nobody made");
        assert!(is_loopback("127.0.0.1") && is_loopback("::1") && !is_loopback("10.0.0.1"));
    }

    #[test]
    fn a_token_that_renews_opens_nothing_and_one_that_opens_does_not_renew() {
        let grants = grants();
        let demo = [("grant_type", DEMO_GRANT), ("actor", "dispatcher:d-1")];
        let granted = grants.give(&form(&demo), now()).unwrap();
        let renewing = |token: &str| {
            let fields = form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
            grants.give(&fields, now())
        };
        let refresh = granted.refresh_token.unwrap();
        assert!(renewing(&refresh).is_ok());
        assert_eq!(renewing(&granted.access_token), Err(NO_GRANT));
        assert_eq!(renewing("iets"), Err(NO_GRANT));
        let other = Grants::new(
            ISSUER.to_owned(),
            RegionId::parse("flevoland").unwrap(),
            Signer::new(&[8; 32]).unwrap(),
            people(),
        );
        let fields = form(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
        assert_eq!(other.give(&fields, now()), Err(NO_GRANT), "signed by another");
    }

    #[test]
    fn a_sign_in_that_is_over_is_not_renewed_and_neither_is_somebody_who_was_taken_off_the_list() {
        let grants = grants();
        let asked = Asked::read(&form(&question(&challenge(), BACK))).unwrap();
        let signs_in = || {
            let code = grants.code(&asked, &somebody(), now()).unwrap();
            grants.give(&form(&used(&code, ("", ""))), now()).unwrap().refresh_token.unwrap()
        };
        let renewed = |token: &str| {
            let fields = form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
            grants.give(&fields, now()).map(|granted| granted.refresh_token.unwrap())
        };
        let (first, other) = (signs_in(), signs_in());
        let copied = renewed(&first).unwrap();
        grants.end(&copied, now()).unwrap();
        assert_eq!((renewed(&first), renewed(&copied)), (Err(NO_GRANT), Err(NO_GRANT)));
        assert!(renewed(&other).is_ok(), "another sign-in goes on");
        grants.end("iets", now()).unwrap();
        grants.people.remove(&somebody().actor).unwrap();
        assert_eq!(renewed(&other), Err(NO_GRANT));
    }
}
