//! Where things are, and the snapshot of the OpenAPI document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folders of the checkout.
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and settings files are honored.
    pub fn find() -> Result<Self> {
        let output = Command::new("cargo")
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .context("run cargo metadata")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let folder = |key: &str| {
            field(&text, key)
                .map(PathBuf::from)
                .with_context(|| format!("cargo metadata has no {key}"))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
        })
    }

    pub fn openapi_snapshot(&self) -> PathBuf {
        self.root.join("docs").join("openapi.json")
    }

    /// The document that a binary serves.
    pub fn openapi(&self, daybook: &Path) -> Result<String> {
        let output = Command::new(daybook)
            .arg("openapi")
            .current_dir(&self.root)
            .output()
            .context("run daybook openapi")?;
        if !output.status.success() {
            bail!(
                "daybook openapi failed: {}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        String::from_utf8(output.stdout).context("the document is not UTF-8")
    }

    /// The development binary, built if it is not.
    pub fn daybook(&self) -> Result<PathBuf> {
        let built = Command::new("cargo")
            .args(["build", "--package", "server", "--bin", "daybook"])
            .current_dir(&self.root)
            .status()
            .context("run cargo build")?;
        if !built.success() {
            bail!("the server does not build");
        }
        Ok(self.target.join("debug").join("daybook"))
    }

    /// `cargo xtask openapi`: writes the snapshot.
    pub fn write_openapi(&self) -> Result<()> {
        let document = self.openapi(&self.daybook()?)?;
        let path = self.openapi_snapshot();
        fs::write(&path, document).with_context(|| format!("write {}", path.display()))?;
        println!("wrote {}", path.display());
        Ok(())
    }
}

/// The text value of a key in JSON that holds it once at the top, without escapes but `\\`.
fn field(json: &str, key: &str) -> Option<String> {
    let start = json.rfind(&format!("\"{key}\":\""))? + key.len() + 4;
    let end = json[start..].find('"')?;
    Some(json[start..start + end].replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_cargos_metadata_is_read() {
        let json = r#"{"packages":[],"target_directory":"/tmp/target","workspace_root":"/home/ada/daybook"}"#;

        assert_eq!(
            field(json, "target_directory").as_deref(),
            Some("/tmp/target")
        );
        assert_eq!(
            field(json, "workspace_root").as_deref(),
            Some("/home/ada/daybook")
        );
        assert_eq!(field(json, "absent"), None);
    }
}
