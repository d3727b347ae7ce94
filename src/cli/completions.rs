//! `statuary completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Arguments;
use crate::cli::output::Output;

/// Write what a shell needs to complete commands and options
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  statuary completions bash > ~/.local/share/bash-completion/completions/statuary
  statuary completions fish > ~/.config/fish/completions/statuary.fish
  source <(statuary completions zsh)")]
pub(super) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Output> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "statuary", &mut script);
    Ok(Output::default().raw(String::from_utf8(script)?))
}
