//! Where the host of a bucket is, and how it is addressed.

use url::Url;

use crate::error::UserError;
use crate::storage::environment::Environment;

/// What people may set; the rest follows from the usual variables, or is as Amazon has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Address of the host, such as `https://ACCOUNT.r2.cloudflarestorage.com`; Amazon's by default.
    pub endpoint: Option<String>,
    /// Region, which requests are signed for.
    pub region: Option<String>,
    /// Whether the bucket stands in the path and not in the host's name; by default it does except at Amazon.
    pub path_style: Option<bool>,
    /// Profile of the shared files of credentials, before all other sources.
    pub profile: Option<String>,
}

/// A host that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) endpoint: Url,
    pub(super) region: String,
    pub(super) path_style: bool,
}

impl Settings {
    /// Refuses what can be no setting.
    ///
    /// # Errors
    /// Usage for an endpoint that is no plain address of a host, or a region that is none.
    pub fn check(&self) -> Result<(), UserError> {
        self.region.as_deref().map_or(Ok(()), check_region)?;
        self.endpoint.as_deref().map_or(Ok(()), |endpoint| plain_address(endpoint).map(|_| ()))
    }

    /// The host of the bucket `bucket`: as set here, else by `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION` and
    /// `AWS_DEFAULT_REGION`, else by `of_profile`, the endpoint and the region that the shared files name.
    ///
    /// # Errors
    /// Usage for an endpoint that is no plain address of a host.
    pub(super) fn host(
        &self,
        bucket: &str,
        environment: &Environment,
        of_profile: (Option<String>, Option<String>),
    ) -> Result<Host, UserError> {
        let variable = |names: [&str; 2]| names.iter().find_map(|name| environment.get(name)).map(str::to_owned);
        let endpoint = self.endpoint.clone().or_else(|| variable(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])).or(of_profile.0);
        let region = self.region.clone().or_else(|| variable(["AWS_REGION", "AWS_DEFAULT_REGION"])).or(of_profile.1);
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        check_region(&region)?;
        let amazon = endpoint.is_none();
        let endpoint = endpoint.unwrap_or_else(|| {
            let end = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            format!("https://s3.{region}.{end}")
        });
        Ok(Host {
            endpoint: plain_address(&endpoint)?,
            region,
            path_style: self.path_style.unwrap_or(!amazon || bucket.contains(['.', '_'])),
        })
    }
}

/// Refuses what cannot stand in a host's name and in what is signed.
fn check_region(text: &str) -> Result<(), UserError> {
    match (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        true => Ok(()),
        false => Err(UserError::usage(format!("`{}` is no region of object storage", text.escape_debug()))),
    }
}

/// An address of a host and nothing else: no name and password, no query.
///
/// # Errors
/// Usage, without the address where it could have a secret.
pub(super) fn plain_address(text: &str) -> Result<Url, UserError> {
    let refuse =
        |what: &str| UserError::usage(format!("the endpoint of object storage {what}")).hint("write it as in `https://s3.example.com`");
    let url = Url::parse(text).map_err(|_| refuse("is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refuse("is no address that begins with `https://` or `http://`"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("has more than the address of a host"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(settings: &Settings, variables: &[(&str, &str)], bucket: &str) -> Result<Host, UserError> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        settings.host(bucket, &Environment::new(variables, None), (Some("https://profile.example".to_owned()), None))
    }

    #[test]
    fn settings_come_before_variables_and_these_before_the_profile() {
        let set = |endpoint: &str| Settings { endpoint: Some(endpoint.to_owned()), ..Settings::default() };
        let both = [("AWS_ENDPOINT_URL", "http://b:2"), ("AWS_ENDPOINT_URL_S3", "http://a:1"), ("AWS_DEFAULT_REGION", "auto")];
        let found = host(&set("http://c:3"), &both, "status").unwrap();
        assert_eq!((found.endpoint.as_str(), found.region.as_str(), found.path_style), ("http://c:3/", "auto", true));
        assert_eq!(host(&Settings::default(), &both, "status").unwrap().endpoint.as_str(), "http://a:1/");
        assert_eq!(host(&Settings::default(), &both[..1], "status").unwrap().endpoint.as_str(), "http://b:2/");
        assert_eq!(host(&Settings::default(), &[], "status").unwrap().endpoint.as_str(), "https://profile.example/");
    }

    #[test]
    fn amazon_is_the_default_with_the_bucket_in_the_hosts_name() {
        let amazon = |region: &str, bucket: &str| {
            let settings = Settings { region: Some(region.to_owned()), ..Settings::default() };
            let host = settings.host(bucket, &Environment::default(), (None, None)).unwrap();
            (host.endpoint.to_string(), host.path_style)
        };
        assert_eq!(amazon("eu-central-1", "status"), ("https://s3.eu-central-1.amazonaws.com/".to_owned(), false));
        assert_eq!(amazon("cn-north-1", "my.status"), ("https://s3.cn-north-1.amazonaws.com.cn/".to_owned(), true));
    }

    #[test]
    fn an_endpoint_with_more_than_a_host_is_refused_without_being_shown() {
        for bad in ["ftp://a", "a.example", "https://", "https://me:CANARY@a", "https://a?CANARY", "https://a#CANARY", "https://CANARY@a"] {
            let error = plain_address(bad).unwrap_err();
            assert!(!error.message.contains("CANARY"), "{error}");
        }
        for (bad, why) in [
            ("a.example", "is no address"),
            ("ftp://a", "is no address that begins with `https://` or `http://`"),
            ("https://a?b", "has more than the address of a host"),
        ] {
            let error = plain_address(bad).unwrap_err();
            assert_eq!(error.message, format!("the endpoint of object storage {why}"));
            assert_eq!(error.hint.as_deref(), Some("write it as in `https://s3.example.com`"));
        }
        for bad in ["", "eu central", "a/b", "a.evil.example/"] {
            assert!(
                Settings { region: Some(bad.to_owned()), ..Settings::default() }.host("b", &Environment::default(), (None, None)).is_err()
            );
        }
    }
}
