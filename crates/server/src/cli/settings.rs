//! Settings as options of every command that opens a database, made from the one list of settings.

use std::{collections::HashMap, fmt::Write, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PathBufValueParser};

use crate::config::{Config, ConfigError, Kind, Setting, Sources, settings};

/// Shown in the help of every command; `serve` shows all.
const COMMON: [&str; 3] = ["database-url", "master-key-file", "log"];
/// Shown in the help of `daybook` alone.
const FIRST: [&str; 3] = ["listen", "public-url", "database-url"];
/// Commands that open no database.
const PLAIN: [&str; 4] = ["help", "openapi", "verify", "version"];

/// What the command line says about settings.
pub(super) struct Given {
    args: HashMap<&'static str, String>,
    file: Option<PathBuf>,
}

impl Given {
    /// The settings of this process.
    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        let env = |name: &str| std::env::var(name).ok();
        Config::load(Sources {
            args: self.args.clone(),
            env: &env,
            file: self.file.clone().or_else(|| {
                env("DAYBOOK_CONFIG")
                    .filter(|path| !path.is_empty())
                    .map(Into::into)
            }),
        })
    }
}

/// Adds the settings to a command and to all below it.
pub(super) fn add_to(command: Command) -> Command {
    let settings = settings();
    let command = command.mut_subcommands(|below| add_below(below, &settings));
    with(command, &settings, |name| FIRST.contains(&name))
}

fn add_below(command: Command, settings: &[Setting]) -> Command {
    if command.has_subcommands() {
        command.mut_subcommands(|below| add_below(below, settings))
    } else if PLAIN.contains(&command.get_name()) {
        command
    } else {
        let all = command.get_name() == "serve";
        with(command, settings, |name| all || COMMON.contains(&name))
    }
}

fn with(mut command: Command, settings: &[Setting], is_shown: impl Fn(&str) -> bool) -> Command {
    for setting in settings.iter().filter(|setting| setting.on_command_line()) {
        command = command.arg(option(setting).hide(!is_shown(setting.name)));
    }
    command.arg(
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(PathBufValueParser::new())
            .help("TOML file of settings [env: DAYBOOK_CONFIG]")
            .help_heading("Server"),
    )
}

fn option(setting: &Setting) -> Arg {
    let mut help = format!("{} [env: {}]", setting.help, setting.env());
    if !matches!(setting.default.as_str(), "" | "false") {
        let _ = write!(help, " [default: {}]", setting.default);
    }
    let option = Arg::new(setting.name)
        .long(setting.name)
        .help(help)
        .help_heading(setting.heading);
    match setting.kind {
        Kind::Flag => option
            .value_name("true|false")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Number => option.value_name("NUMBER"),
        Kind::List => option.value_name("LIST").action(ArgAction::Append),
        Kind::Text => option.value_name("VALUE"),
    }
}

/// What was given on the command line, wherever it stands.
pub(super) fn given(matches: &ArgMatches) -> Given {
    let mut leaf = matches;
    while let Some((_, below)) = leaf.subcommand() {
        leaf = below;
    }
    let args = settings().into_iter().filter_map(|setting| {
        // A command without settings does not know the option at all.
        let values = leaf.try_get_many::<String>(setting.name).ok()??;
        let values: Vec<&str> = values.map(String::as_str).collect();
        Some((setting.name, values.join(",")))
    });
    Given {
        args: args.collect(),
        file: leaf
            .try_get_one::<PathBuf>("config")
            .ok()
            .flatten()
            .cloned(),
    }
}
