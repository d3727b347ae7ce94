//! Session tokens: whose session it is and in which organization, once the signature and every rule hold.
//!
//! Narrower than Clerk's own library where that takes more than session tokens: RS256 only, a session and a user, nothing critical that is
//! not understood, no session that waits for something. What the token says of an organization is up to a minute old.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clerk::keys::Keys;
use crate::clerk::permissions::unpacked;
use crate::domain::ClerkId;

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;

/// How far clocks may be apart, in milliseconds.
const SKEW: f64 = 5_000.0;

/// The categories of tokens that speak for a session.
const CATEGORIES: [&str; 2] = ["cl_B7d4PD111AAA", "cl_I7d4PD111III"];

/// What a token must say beyond what every one must.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRules {
    /// The origins for which it may have been made; none: any.
    pub authorized_parties: Vec<String>,
    /// By whom it must have been made; `None`: by whoever has the key.
    pub issuer: Option<String>,
}

/// A session that a token proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: ClerkId,
    /// Its id.
    pub id: String,
    /// The organization that is active in it.
    pub organization: Option<OrganizationClaim>,
    /// Who acts as that user, where somebody else does.
    pub impersonator: Option<String>,
}

/// What a token says of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationClaim {
    /// Its id.
    pub id: ClerkId,
    /// Its slug, by which nothing is decided.
    pub slug: Option<String>,
    /// The key of the user's role in it, with its prefix.
    pub role: Option<String>,
    /// Custom permissions of that role; those of Clerk's own system are in no token.
    pub permissions: Vec<String>,
}

/// Why a token is refused, for the log of whoever runs the server; whoever shows it learns none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// It is not a signed token of the right shape and kind.
    Malformed,
    /// It is not signed with one of our keys.
    Signature,
    /// It has expired.
    Expired,
    /// It is of the future.
    NotYet,
    /// It was made for another site.
    Party,
    /// Somebody else has made it.
    Issuer,
    /// It is no session's, or no user's.
    NoSession,
    /// The session is not active yet.
    Pending,
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is not a session token",
            Self::Signature => "it is not signed with a key that is known here",
            Self::Expired => "it has expired",
            Self::NotYet => "it is not valid yet",
            Self::Party => "it was made for another site",
            Self::Issuer => "it was made by somebody else",
            Self::NoSession => "it is no user's session",
            Self::Pending => "the session is pending",
        })
    }
}

/// Whether a text has the shape of such a token, so that it can be told from others; not whether it lets anybody in.
pub fn looks_like_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.split('.').count() == 3
}

impl Session {
    /// The session that `token` proves at `now`.
    ///
    /// # Errors
    /// Why it proves none.
    pub fn verify(token: &str, keys: &Keys, rules: &TokenRules, now: DateTime<Utc>) -> Result<Self, TokenRefusal> {
        if token.len() > LONGEST {
            return Err(TokenRefusal::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenRefusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenRefusal::Malformed)?;
        let header: Header = part(header)?;
        header.check()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenRefusal::Malformed)?;
        if !keys.have_signed(header.kid.as_deref(), signed.as_bytes(), &signature) {
            return Err(TokenRefusal::Signature);
        }
        part::<Claims>(claims)?.session(rules, now)
    }
}

/// One part of a token as a JSON object in which no name stands twice.
fn part<T: DeserializeOwned>(text: &str) -> Result<T, TokenRefusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenRefusal::Malformed)?;
    // A list would do for a struct, too.
    if bytes.first() != Some(&b'{') {
        return Err(TokenRefusal::Malformed);
    }
    serde_json::from_slice(&bytes).map_err(|_| TokenRefusal::Malformed)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cat: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

impl Header {
    fn check(&self) -> Result<(), TokenRefusal> {
        let category = self.cat.as_deref().is_none_or(|category| CATEGORIES.contains(&category));
        let good = self.alg == "RS256" && self.typ.as_deref().is_none_or(|kind| kind == "JWT") && category && !self.crit;
        if good { Ok(()) } else { Err(TokenRefusal::Malformed) }
    }
}

/// Whether there is anything, whatever it is.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// A number, which cannot be null.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    f64::deserialize(deserializer).map(Some)
}

/// The claims that are looked at. What only grants something is read leniently, since junk grants nothing.
#[derive(Deserialize)]
struct Claims {
    v: Option<Value>,
    sub: String,
    sid: Option<String>,
    iss: Option<Value>,
    azp: Option<Value>,
    exp: f64,
    #[serde(default, deserialize_with = "number")]
    iat: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    nbf: Option<f64>,
    sts: Option<String>,
    act: Option<Value>,
    #[serde(default)]
    fea: Value,
    #[serde(default)]
    o: Value,
    #[serde(default)]
    org_id: Value,
    #[serde(default)]
    org_slug: Value,
    #[serde(default)]
    org_role: Value,
    #[serde(default)]
    org_permissions: Value,
}

impl Claims {
    fn session(self, rules: &TokenRules, now: DateTime<Utc>) -> Result<Session, TokenRefusal> {
        self.check_times(now)?;
        self.check_rules(rules)?;
        let user = self.sub.parse::<ClerkId>().ok().filter(|user| user.as_str().starts_with("user_"));
        let id = self.sid.clone().filter(|id| !id.is_empty());
        let (Some(user), Some(id)) = (user, id) else { return Err(TokenRefusal::NoSession) };
        if self.sts.as_deref().is_some_and(|status| status != "active") {
            return Err(TokenRefusal::Pending);
        }
        let organization = match &self.v {
            None => self.organization_of_version_1()?,
            Some(version) if version.as_u64() == Some(1) => self.organization_of_version_1()?,
            Some(version) if version.as_u64() == Some(2) => self.organization_of_version_2()?,
            // What another version says cannot be known.
            Some(_) => return Err(TokenRefusal::Malformed),
        };
        let impersonator = self.act.as_ref().map(|actor| actor.get("sub").and_then(text_of).ok_or(TokenRefusal::Malformed)).transpose()?;
        Ok(Session { user, id, organization, impersonator })
    }

    fn check_times(&self, now: DateTime<Utc>) -> Result<(), TokenRefusal> {
        // Milliseconds since 1970 are exact in a float for 280,000 years.
        let now = now.timestamp_millis() as f64;
        if self.exp * 1000.0 <= now - SKEW {
            return Err(TokenRefusal::Expired);
        }
        let ahead = |moment: Option<f64>| moment.is_some_and(|moment| moment * 1000.0 > now + SKEW);
        if ahead(self.nbf) || ahead(self.iat) { Err(TokenRefusal::NotYet) } else { Ok(()) }
    }

    fn check_rules(&self, rules: &TokenRules) -> Result<(), TokenRefusal> {
        let party = self.azp.as_ref().and_then(Value::as_str);
        if !rules.authorized_parties.is_empty() && !party.is_some_and(|party| rules.authorized_parties.iter().any(|known| known == party)) {
            return Err(TokenRefusal::Party);
        }
        let issuer = self.iss.as_ref().and_then(Value::as_str);
        if rules.issuer.is_some() && rules.issuer.as_deref() != issuer { Err(TokenRefusal::Issuer) } else { Ok(()) }
    }

    fn organization_of_version_1(&self) -> Result<Option<OrganizationClaim>, TokenRefusal> {
        let permissions = self.org_permissions.as_array().into_iter().flatten();
        Ok(Some(&self.org_id).filter(|id| !id.is_null()).map(id_of).transpose()?.map(|id| OrganizationClaim {
            id,
            slug: text_of(&self.org_slug),
            role: text_of(&self.org_role),
            permissions: permissions.filter_map(text_of).collect(),
        }))
    }

    fn organization_of_version_2(&self) -> Result<Option<OrganizationClaim>, TokenRefusal> {
        if self.o.is_null() {
            return Ok(None);
        }
        let field = |name: &str| self.o.get(name).and_then(Value::as_str);
        let packed = (self.fea.as_str(), field("per"), field("fpm"));
        Ok(Some(OrganizationClaim {
            id: id_of(self.o.get("id").unwrap_or(&Value::Null))?,
            slug: field("slg").map(str::to_owned),
            role: field("rol").map(|role| format!("org:{role}")),
            permissions: if let (Some(fea), Some(per), Some(fpm)) = packed { unpacked(fea, per, fpm) } else { Vec::new() },
        }))
    }
}

fn id_of(value: &Value) -> Result<ClerkId, TokenRefusal> {
    value.as_str().and_then(|id| id.parse().ok()).ok_or(TokenRefusal::Malformed)
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
