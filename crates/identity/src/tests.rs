//! Tokens that are good, and every way in which one is not; and the table of rights as a whole.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use model::actor::Role;
use model::id::RegionId;
use serde_json::{Value, json};

use crate::rights::{self, METHODS, Scope};
use crate::signer::Signer;
use crate::{Denied, Locations, Options, Verifier};

const ISSUER: &str = "https://aanmelden.example.org";

#[expect(clippy::disallowed_methods, reason = "a token is good or over by the clock of the machine")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn signer() -> Signer {
    Signer::new(&[7; 32]).unwrap()
}

fn verifier(keys: JwkSet) -> Verifier {
    let options = Options { issuer: ISSUER.to_owned(), audience: "onderdak".to_owned() };
    // Nobody is there: whatever is not known is not found out.
    Verifier::with_keys(options, RegionId::parse("flevoland").unwrap(), keys).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "m-17",
        "aud": "onderdak",
        "exp": model::moment::later(now(), SignedDuration::from_mins(10)).as_second(),
        "onderdak_rol": "medewerker",
        "onderdak_regio": "flevoland",
        "onderdak_locaties": ["nacht", "inloop"],
    })
}

/// The claims with one of them otherwise; null: without it.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let fields = claims.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.to_owned(), value);
    }
    claims
}

/// Whether a location is theirs, also a confidential one.
fn has(caller: &crate::Caller, location: &str) -> bool {
    caller.locations.has(location, || true)
}

async fn verified(claims: &Value) -> Result<crate::Caller, Denied> {
    verifier(signer().keys()).verify(&signer().sign("at+jwt", claims).unwrap(), now()).await
}

#[tokio::test]
async fn a_good_token_says_who_somebody_is_and_which_locations_are_theirs() {
    let caller = verified(&claims()).await.unwrap();
    assert_eq!(caller.actor.to_string(), "medewerker:m-17");
    assert!(has(&caller, "nacht") && has(&caller, "inloop") && !has(&caller, "elders"));
    let everywhere = verified(&with("onderdak_locaties", json!(["*"]))).await.unwrap();
    assert_eq!(everywhere.locations, Locations::Open);
    assert!(everywhere.locations.has("elders", || false) && !everywhere.locations.has("geheim", || true));
    let nowhere = verified(&with("onderdak_locaties", Value::Null)).await.unwrap();
    assert!(!has(&nowhere, "nacht"), "who has no locations has none, and not all");
    let more = verified(&with("aud", json!(["iets", "onderdak"]))).await.unwrap();
    assert_eq!(more.actor, caller.actor);
}

#[tokio::test]
async fn a_token_that_lacks_something_or_is_for_something_else_is_refused() {
    let past = model::moment::later(now(), SignedDuration::from_mins(-1)).as_second();
    let future = model::moment::later(now(), SignedDuration::from_mins(1)).as_second();
    for (name, value, expected) in [
        ("exp", json!(past), Denied::Expired),
        ("exp", Value::Null, Denied::Malformed),
        ("exp", json!("straks"), Denied::Malformed),
        ("nbf", json!(future), Denied::NotYet),
        ("iss", json!("https://elders.example.org"), Denied::NotSigned),
        ("iss", Value::Null, Denied::Malformed),
        ("aud", json!("iets-anders"), Denied::OtherAudience),
        ("aud", Value::Null, Denied::Malformed),
        ("sub", Value::Null, Denied::Malformed),
        ("onderdak_rol", Value::Null, Denied::NoRole),
        ("onderdak_rol", json!("koning"), Denied::NoRole),
        ("onderdak_regio", json!("almelo"), Denied::OtherRegion),
        ("onderdak_regio", Value::Null, Denied::OtherRegion),
        ("onderdak_locaties", json!(["Geen Locatie!"]), Denied::Malformed),
    ] {
        let claims = with(name, value);
        assert_eq!(verified(&claims).await, Err(expected), "{name}: {claims}");
    }
}

#[tokio::test]
async fn a_token_that_is_signed_otherwise_or_not_at_all_is_refused() {
    let ours = verifier(signer().keys());
    let other = Signer::new(&[8; 32]).unwrap().sign("at+jwt", &claims()).unwrap();
    assert_eq!(ours.verify(&other, now()).await, Err(Denied::NotSigned), "another key by the same name");
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("demo".to_owned());
    let public = serde_json::to_vec(&signer().keys().keys[0]).unwrap();
    let secret = encode(&header, &claims(), &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(ours.verify(&secret, now()).await, Err(Denied::NotSigned), "the public key as a secret");
    let good = signer().sign("at+jwt", &claims()).unwrap();
    let [head, body, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    // {"alg":"none"}, in the letters of a token.
    for wrong in [
        format!("eyJhbGciOiJub25lIn0.{body}."),
        format!("{head}.{body}."),
        format!("{head}.{body}.{}", signature.chars().rev().collect::<String>()),
        format!("{head}.{}.{signature}", body.chars().rev().collect::<String>()),
        String::new(),
        "a.b.c".to_owned(),
        "x".repeat(20_000),
    ] {
        let refused = ours.verify(&wrong, now()).await.unwrap_err();
        assert!(matches!(refused, Denied::NotSigned | Denied::Malformed), "{wrong:.40}: {refused:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_is_asked_for_and_nobody_is_let_in_while_the_provider_is_away() {
    let ours = verifier(JwkSet { keys: Vec::new() });
    let good = signer().sign("at+jwt", &claims()).unwrap();
    assert!(matches!(ours.verify(&good, now()).await, Err(Denied::ProviderAway | Denied::NotSigned)));
}

#[tokio::test]
async fn what_a_provider_calls_somebody_becomes_an_id_that_is_nobodys_number() {
    for sub in ["auth0|Jan Jansen", "111222333", "jan@example.org"] {
        let caller = verified(&with("sub", json!(sub))).await.unwrap();
        let again = verified(&with("sub", json!(sub))).await.unwrap();
        assert_eq!(caller.actor, again.actor, "always the same");
        assert!(!caller.actor.to_string().contains(sub) && caller.actor.id.as_str().len() == 32, "{caller:?}");
    }
}

#[tokio::test]
async fn an_id_token_answers_one_sign_in_of_one_client() {
    let ours = verifier(signer().keys());
    let mut claims = with("aud", json!("portaal"));
    claims["nonce"] = json!("n-1");
    let token = signer().sign("JWT", &claims).unwrap();
    assert_eq!(ours.verify_id(&token, "portaal", "n-1").await.unwrap().sub, "m-17");
    assert_eq!(ours.verify_id(&token, "portaal", "n-2").await, Err(Denied::NotSigned));
    assert_eq!(ours.verify_id(&token, "iets", "n-1").await, Err(Denied::OtherAudience));
    assert_eq!(ours.verify(&token, now()).await, Err(Denied::OtherAudience), "it opens no service");
}

#[test]
fn nobody_is_asked_without_encryption_but_this_machine() {
    for good in ["https://a.example", "http://127.0.0.1:7407", "http://localhost:1", "http://[::1]:7"] {
        assert!(crate::http::check(good).is_ok(), "{good}");
    }
    for wrong in ["http://a.example", "http://127.0.0.1.evil.example", "ftp://a", "a", "", "http://10.0.0.1:7407"] {
        assert!(crate::http::check(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_method_stands_in_the_table_once_and_nothing_else_does() {
    use prost_types::FileDescriptorSet;
    let set: FileDescriptorSet = prost::Message::decode(proto::DESCRIPTORS).unwrap();
    let ours = set.file.iter().filter(|file| file.package().starts_with("onderdak."));
    let methods = ours.flat_map(|file| {
        let of = move |service: &prost_types::ServiceDescriptorProto| {
            let name = format!("{}.{}", file.package(), service.name());
            service.method.iter().map(move |method| format!("/{name}/{}", method.name())).collect::<Vec<_>>()
        };
        file.service.iter().flat_map(of)
    });
    let methods: BTreeSet<String> = methods.collect();
    let rows =
        METHODS.iter().flat_map(|(service, rows)| rows.iter().map(move |(name, _)| format!("/{service}/{name}")));
    let rows: Vec<String> = rows.collect();
    assert_eq!(rows.len(), methods.len(), "each once");
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), methods);
}

#[test]
fn the_public_may_call_nothing_and_who_only_looks_changes_nothing() {
    let looks = |name: &str| ["Get", "List", "Find", "Watch"].iter().any(|verb| name.starts_with(verb));
    for (service, rows) in METHODS {
        for (name, rights) in *rows {
            assert_eq!(rights::scope(rights, Role::Publiek), None, "{service}/{name}");
            assert!(looks(name) || rights::scope(rights, Role::Beleid).is_none(), "{service}/{name}");
            assert_eq!(rights::scope(rights, Role::Beheerder), Some(Scope::Region), "{service}/{name}");
            let staff = rights::scope(rights, Role::Medewerker);
            assert!(looks(name) || staff != Some(Scope::Region), "{service}/{name}: staff changes what is theirs");
        }
    }
}
