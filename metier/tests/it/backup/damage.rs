//! Backups that are refused, and places that are: with the reason, and with nothing changed.

use std::{
    fs::{self, File},
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor, PgConnection};

use super::installation::{Installation, Place, Shape};

/// A stopped installation in `data` and a backup of it in `backup`.
async fn backed_up(shape: Shape, outer: &Path) -> Place {
    let place = Place::new(shape, &outer.join("data")).await;
    Installation::start(&place).await.stop().await;
    place.back_up(&outer.join("backup")).unwrap();
    place
}

fn names(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn heavy_a_backup_is_its_owners_alone_and_a_damaged_one_is_refused() {
    let outer = tempfile::tempdir().unwrap();
    let place = backed_up(Shape::Sqlite, outer.path()).await;
    let backup = outer.path().join("backup");
    let mode = |path: &str| fs::metadata(backup.join(path)).unwrap().permissions().mode() & 0o777;
    let modes = ["", "keys", "keys/join-secret", "keys/signing-keys.json", "db/jobs.db"].map(mode);
    assert_eq!(modes, [0o700, 0o700, 0o600, 0o600, 0o600]);

    assert!(place.back_up(&backup).unwrap_err().contains("is there already"));
    assert!(place.restore(&backup).unwrap_err().contains("is there already"));
    let inside = place.folder.join("backup");
    assert!(place.back_up(&inside).unwrap_err().contains("in the data folder itself"));

    let new = Place::new(Shape::Sqlite, &outer.path().join("new")).await;
    let secret = backup.join("keys/join-secret");
    fs::write(&secret, "another secret, just as long as the first was").unwrap();
    assert!(new.restore(&backup).unwrap_err().contains("keys/join-secret"));
    fs::remove_file(&secret).unwrap();
    assert!(new.restore(&backup).unwrap_err().contains("keys/join-secret"));
    assert!(new.restore(&place.folder).unwrap_err().contains("is not a backup"));
    assert_eq!(names(outer.path()), 2, "something was left behind");
}

/// Changes the backup's list of what is in it.
fn relist(backup: &Path, change: impl FnOnce(&mut Value)) {
    let path = backup.join("backup.json");
    let mut list: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut list);
    fs::write(&path, list.to_string()).unwrap();
}

/// Lists a file as it is now.
fn relist_file(backup: &Path, name: &str) {
    let content = fs::read(backup.join(name)).unwrap();
    relist(backup, |list| {
        let files = list["files"].as_array_mut().unwrap();
        let entry = files.iter_mut().find(|file| file["path"] == name).unwrap();
        entry["size"] = json!(content.len());
        entry["sha256"] = json!(format!("{:x}", Sha256::digest(&content)));
    });
}

#[tokio::test]
async fn heavy_cut_or_altered_rows_of_postgres_are_refused_and_leave_nothing_behind() {
    let outer = tempfile::tempdir().unwrap();
    let place = backed_up(Shape::Postgres, outer.path()).await;
    let (backup, name) = (outer.path().join("backup"), "db/identity/users.gz");
    let (file, whole) = (backup.join(name), fs::read(backup.join(name)).unwrap());
    let list = fs::read(backup.join("backup.json")).unwrap();
    let new = Place::new(Shape::Postgres, &outer.path().join("new")).await;
    let refusal = || new.restore(&backup).unwrap_err();

    fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    assert!(refusal().contains("db/identity/users.gz of the backup"), "{}", refusal());
    relist_file(&backup, name);
    assert!(refusal().contains("cannot read the rows of \"identity\".\"users\""), "{}", refusal());

    fs::write(&file, pack(&format!("{}nonsense\n", unpack(&whole)))).unwrap();
    relist_file(&backup, name);
    assert!(refusal().contains("PostgreSQL refuses the rows of \"identity\".\"users\""), "{}", refusal());

    fs::write(&file, pack("")).unwrap();
    relist_file(&backup, name);
    assert!(refusal().contains("holds 0 rows, not 1 as the backup says"), "{}", refusal());

    fs::write(&file, &whole).unwrap();
    fs::write(backup.join("backup.json"), &list).unwrap();
    relist(&backup, |list| {
        list["services"]["jobs"]["postgres"]["tables"].as_object_mut().unwrap().remove("runs");
    });
    assert!(refusal().contains("does not have the tables of its schema: runs"), "{}", refusal());
    fs::write(backup.join("backup.json"), &list).unwrap();
    relist(&backup, |list| list["services"]["jobs"]["published"] = json!(999_999));
    assert!(refusal().contains("came out other than the backup says"), "{}", refusal());
    relist(&backup, |list| list["services"]["jobs"]["schema"]["service"] = json!(999));
    assert!(refusal().contains("database of jobs is newer"), "{}", refusal());

    fs::write(backup.join("backup.json"), &list).unwrap();
    new.restore(&backup).unwrap();
    assert!(place.folder.exists());
}

fn unpack(packed: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

fn pack(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn heavy_a_backup_goes_only_where_nothing_is_and_where_its_services_would_find_it() {
    let outer = tempfile::tempdir().unwrap();
    let place = backed_up(Shape::Postgres, outer.path()).await;
    let backup = outer.path().join("backup");
    fs::rename(&place.folder, outer.path().join("moved")).unwrap();
    let taken = place.restore(&backup).unwrap_err();
    assert!(taken.contains("the schema identity in PostgreSQL is not empty"), "{taken}");
    assert!(!place.folder.exists());

    let files = Place::new(Shape::Sqlite, &outer.path().join("files")).await;
    let refused = files.restore(&backup).unwrap_err();
    assert!(refused.contains("name an empty database of PostgreSQL"), "{refused}");
    assert!(!files.folder.exists());
    Installation::start(&files).await.stop().await;
    let of_files = outer.path().join("of-files");
    files.back_up(&of_files).unwrap();
    let new = Place::new(Shape::Postgres, &outer.path().join("new")).await;
    let refused = new.restore(&of_files).unwrap_err();
    assert!(refused.contains("as a file, but the settings keep it in PostgreSQL"), "{refused}");
    assert!(!new.folder.exists());
}

#[tokio::test]
async fn heavy_a_schema_of_a_service_this_build_does_not_have_is_not_passed_over_in_silence() {
    let outer = tempfile::tempdir().unwrap();
    let place = backed_up(Shape::Postgres, outer.path()).await;
    let mut connection = PgConnection::connect(&place.databases[0].url).await.unwrap();
    let newer = "CREATE SCHEMA oracle; CREATE TABLE oracle._service_migrations (version bigint)";
    connection.execute(sqlx::raw_sql(newer)).await.unwrap();
    let refused = place.back_up(&outer.path().join("another")).unwrap_err();
    assert!(refused.contains("a database of oracle, which this metier does not know"), "{refused}");
}

#[tokio::test]
async fn a_server_that_is_away_is_told_without_its_password() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    fs::create_dir_all(folder.join("db")).unwrap();
    writeln!(File::create(folder.join("layout")).unwrap(), "1").unwrap();
    let url = "postgres://metier:hunter2@127.0.0.1:1/metier";
    let (folder, to) = (folder.display().to_string(), outer.path().join("backup").display().to_string());
    let output = crate::platform::metier_with(
        &["backup", "--to", &to, "--data-dir", &folder],
        &[("METIER_DATABASE__URL", url)],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("in PostgreSQL") && said.contains("refused"), "{said}");
    assert!(output.status.code() == Some(1) && !said.contains("hunter2"), "{said}");
}
