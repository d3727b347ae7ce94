//! Tokens: create, list, revoke; and who comes with one.

use chrono::{DateTime, Utc};

use crate::domain::{EventKind, Right, Role, SECRET_PREFIX, Secret, SecretHash, Subject, Token, TokenName};
use crate::error::UserError;
use crate::ops::report::{NewTokenReport, TokenReport};
use crate::ops::{Deed, Org, unknown};
use crate::store::{NewEvent, Write};

/// What `token create` is told.
#[derive(Clone, Debug)]
pub struct CreateToken {
    /// What it is for; no two tokens that stand have the same name.
    pub name: TokenName,
    /// What whoever shows it may do.
    pub role: Role,
}

/// Who comes with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The token's number, which no other token ever has.
    pub number: i64,
    /// The token's name.
    pub name: TokenName,
    /// What it may do.
    pub role: Role,
}

impl Holder {
    /// Whether it has this right.
    pub fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    /// Who did it, for the log.
    pub fn actor(&self) -> String {
        format!("token {}", self.name)
    }
}

/// Makes a token. What is given back holds its secret, which is kept nowhere.
///
/// # Errors
/// Conflict where a token that stands has the name.
pub fn create(org: &mut Org, options: &CreateToken, deed: &Deed) -> anyhow::Result<NewTokenReport> {
    let secret = Secret::random()?;
    let token = org.write(deed, |write| {
        if write.tokens()?.iter().any(|other| other.revoked_at.is_none() && other.name == options.name) {
            return Err(UserError::conflict(format!("there is a token `{}` already", options.name))
                .hint("choose another name, or revoke that one first")
                .into());
        }
        let mut token = Token {
            number: 0,
            name: options.name.clone(),
            role: options.role,
            created_at: deed.now,
            created_by: deed.actor.clone(),
            last_used_at: None,
            revoked_at: None,
        };
        write.add_token(&mut token, &secret.hash())?;
        record(write, EventKind::TokenCreated, format!("created token {}, {}", token.name, token.role))?;
        // The secret is no part of what the transaction gives back, so that nothing that keeps an answer keeps it.
        Ok(report(token))
    })?;
    Ok(NewTokenReport { secret, token })
}

/// Lists tokens, oldest first: those that stand, or `all`.
///
/// # Errors
/// Fails where org.db cannot be read.
pub fn list(org: &Org, all: bool) -> anyhow::Result<Vec<TokenReport>> {
    let tokens = org.store.tokens()?.into_iter().filter(|token| all || token.revoked_at.is_none());
    Ok(tokens.map(report).collect())
}

/// Revokes a token at once and for good; nothing brings it back.
///
/// # Errors
/// Conflict where it is revoked already; not found for an unknown one.
pub fn revoke(org: &mut Org, name: &str, deed: &Deed) -> anyhow::Result<TokenReport> {
    org.write(deed, |write| {
        let tokens = write.tokens()?;
        let mut token = find(&tokens, name)?.clone();
        token.revoked_at = Some(deed.now);
        write.revoke_token(token.number)?;
        record(write, EventKind::TokenRevoked, format!("revoked token {}", token.name))?;
        Ok(report(token))
    })
}

/// One token that stands, for a question before something is done to it.
///
/// # Errors
/// As [`revoke`].
pub fn show(org: &Org, name: &str) -> anyhow::Result<TokenReport> {
    Ok(report(find(&org.store.tokens()?, name)?.clone()))
}

/// Who comes with what was `presented`; nobody where no token that stands has this secret. Whatever it is costs the same work.
///
/// The use is noted to the minute, unless that would keep the request waiting: it is no deed, and leaves no event.
///
/// # Errors
/// Fails where org.db cannot be read.
pub fn authenticate(org: &Org, presented: &str, now: DateTime<Utc>) -> anyhow::Result<Option<Holder>> {
    let Some(token) = org.store.token_with(&SecretHash::of(presented))? else { return Ok(None) };
    org.store.note_use(&token, now);
    Ok(Some(Holder { number: token.number, name: token.name, role: token.role }))
}

fn find<'a>(tokens: &'a [Token], name: &str) -> Result<&'a Token, UserError> {
    let name = name.trim();
    let standing = || tokens.iter().filter(|token| token.revoked_at.is_none());
    if let Some(token) = standing().find(|token| token.name.as_str() == name) {
        return Ok(token);
    }
    if name.contains(SECRET_PREFIX) {
        // Not to be repeated in an answer or a log.
        return Err(UserError::usage("this is a token, and not the name of one").hint("`statuary token list` names them"));
    }
    match tokens.iter().find(|token| token.name.as_str() == name) {
        Some(_) => Err(UserError::conflict(format!("token `{name}` is already revoked"))),
        None => Err(unknown("token", name, standing().map(|token| token.name.as_str()), "token list")),
    }
}

fn record(write: &Write<'_>, kind: EventKind, sentence: String) -> Result<i64, UserError> {
    write.record(NewEvent { kind, subject: Subject::Organization, status: None, effective_at: write.now(), sentence })
}

fn report(token: Token) -> TokenReport {
    let Token { number, name, role, created_at, created_by, last_used_at, revoked_at } = token;
    TokenReport { number, name, role, created_at, created_by, last_used_at, revoked_at }
}
