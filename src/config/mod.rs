//! Workspaces and organization folders on disk: finding them, making them, and reading what people wrote into org.toml.
//!
//! Nothing here knows the database. Files are written whole (temporary file, sync, rename), and no organization is found through a link that
//! leads out of the workspace.

mod clerk;
mod create;
mod declaration;
mod document;
mod edit;
mod given_file;
mod intake;
mod logo;
mod read;
mod remove;
mod scratch;
mod server;
mod setting;
mod settings;
mod storage;
mod svg;
mod targets;
mod template;
mod unpack;
mod workspace;
mod write;

pub use clerk::{ClerkSettings, KeyText, SecretText};
pub use create::{NewOrg, create_lone_org_folder, create_org_folder, init_workspace, is_free_place};
pub use declaration::{
    Declaration, Declared, DeclaredGroup, DeclaredService, DeclaredSettings, EditedSettings, ReplacedSettings, SettingChange,
    declaration_text,
};
pub use given_file::{Unusable, about_given, is_standard_input, name_of_given, read_given, read_given_text, text_of_given};
pub use intake::{ChecksRules, IngestRule};
pub use logo::LogoFiles;
pub use read::read_named;
pub use remove::{archive_org, delete_org};
pub use scratch::Scratch;
pub use server::{ServerSettings, is_host};
pub use settings::Settings;
pub use targets::{Destination, PublishRules, Require, Target};
pub use template::{Template, TemplateKind};
pub use unpack::{Unpacked, unpack};
pub use workspace::{OrgFolder, Workspace};
pub use write::{random_name, write_file, write_files};

/// The file that makes a folder an organization's.
pub(crate) const ORG_FILE: &str = "org.toml";

/// The file that makes a folder a workspace.
pub(crate) const WORKSPACE_FILE: &str = "statuary.toml";

/// The sections of the file that makes a folder a workspace.
const WORKSPACE_KEYS: &[&str] = &["clerk", "serve", "state", "storage"];

/// How the name of a folder begins that is still being made.
const STAGED: &str = ".new-";

/// How the name of a folder begins that is being deleted.
const REMOVED: &str = ".removed-";
