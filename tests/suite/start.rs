//! Starting and stopping: every mistake is one clear line and an exit code, and damages nothing.

use std::net::TcpListener;

use testkit::TempDir;
use testkit::process::Child;

use crate::house::{House, NO_ENV, ONDERDAK, REGION, best};

fn nats() -> String {
    std::env::var("ONDERDAK_NATS_SERVER").expect("run the tests through cargo xtask test")
}

/// Runs `up` until it ends by itself: its exit code and what it said.
async fn up(args: &[&str]) -> (Option<i32>, String) {
    let args: Vec<&str> = ["up"].into_iter().chain(args.iter().copied()).collect();
    let mut process = Child::start(ONDERDAK, &args, NO_ENV);
    let status = process.exit().await;
    (status.code(), process.lines().join("\n"))
}

#[tokio::test]
async fn a_taken_port_is_a_clear_error() {
    let folder = TempDir::new("poort");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // The ports after it are used too: where one is not ours, another test has it.
    let _others: Vec<_> = (port + 1..=port + 7).map(|port| TcpListener::bind(("127.0.0.1", port))).collect();
    let (code, said) =
        up(&["--data", folder.path().to_str().unwrap(), "--nats-server", &nats(), "--port", &port.to_string()]).await;
    assert_eq!(code, Some(6), "{said}");
    let named = |port: u16| said.contains(&format!("127.0.0.1:{port} is niet vrij"));
    assert!((port..=port + 7).any(named), "{said}");
}

#[tokio::test]
async fn a_second_start_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let house = House::start().await;
    house.location("huis", 1).await;
    let data = house.data();
    let (code, said) = up(&["--data", data.to_str().unwrap(), "--nats-server", &nats(), "--port", "0"]).await;
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("draait al"), "{said}");
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
}

#[tokio::test]
async fn a_folder_keeps_to_its_region() {
    let folder = TempDir::new("regio");
    std::fs::write(folder.join("regio"), "almelo").unwrap();
    let data = folder.path().to_str().unwrap();
    let (code, said) = up(&["--data", data, "--nats-server", &nats(), "--port", "0"]).await;
    assert!(code == Some(6) && said.contains("staat de regio almelo"), "{said}");
}

#[tokio::test]
async fn an_old_or_missing_nats_server_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new("nats");
    let old = folder.join("nats-server");
    std::fs::write(&old, "#!/bin/sh\necho 'nats-server: v2.9.10'\n").unwrap();
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).unwrap();
    let data = folder.join("data");
    let (code, said) =
        up(&["--data", data.to_str().unwrap(), "--nats-server", old.to_str().unwrap(), "--port", "0"]).await;
    assert!(code == Some(6) && said.contains("2.9.10") && said.contains("2.12"), "{said}");
    let (code, said) = up(&["--data", data.to_str().unwrap(), "--nats-server", "/bestaat/niet", "--port", "0"]).await;
    assert!(code == Some(6) && said.contains("/bestaat/niet"), "{said}");
    let (code, said) = up(&["--data", data.to_str().unwrap(), "--nats-server", "/bin/true", "--port", "0"]).await;
    assert!(code == Some(6) && said.contains("/bin/true is geen nats-server"), "{said}");
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_a_clear_error() {
    let folder = TempDir::new("map");
    let file = folder.join("bestand");
    std::fs::write(&file, "x").unwrap();
    let (code, said) = up(&["--data", file.to_str().unwrap(), "--nats-server", &nats(), "--port", "0"]).await;
    assert!(code == Some(6) && said.contains("niet schrijven"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
}

#[tokio::test]
async fn a_database_that_is_broken_is_no_clean_stop_and_is_named() {
    for service in onderdak::suite::Service::all().map(onderdak::suite::Service::name) {
        let folder = TempDir::new("kapot");
        std::fs::write(folder.join(format!("{service}.db")), "geen database ".repeat(500)).unwrap();
        let (code, said) =
            up(&["--data", folder.path().to_str().unwrap(), "--nats-server", &nats(), "--port", "0"]).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("{service} is gestopt: ")) && !said.contains("niets kwijt"), "{said}");
    }
}

#[tokio::test]
async fn the_folder_is_for_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::start().await;
    assert_eq!(std::fs::metadata(house.data()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_wrong_region_file_says_where_it_is_wrong() {
    let folder = TempDir::new("regio");
    let file = folder.join("regio.toml");
    std::fs::write(&file, REGION.replace("inhabitants = 1", "inwoners = 1")).unwrap();
    let data = folder.join("data");
    let (code, said) =
        up(&["--region", file.to_str().unwrap(), "--data", data.to_str().unwrap(), "--nats-server", &nats()]).await;
    assert!(code == Some(5) && said.contains("inwoners"), "{said}");
}

#[tokio::test]
async fn a_stop_during_the_start_leaves_no_child_behind() {
    let folder = TempDir::new("stop");
    let data = folder.join("data");
    let args = ["up", "--data", data.to_str().unwrap(), "--nats-server", &nats(), "--port", "0"];
    let mut process = Child::start(ONDERDAK, args, NO_ENV);
    process.wait_line("Onderdak start").await;
    process.term();
    process.exit().await;
    assert!(!is_anybody_using(&data), "a nats-server of this folder still runs");
}

#[tokio::test]
async fn a_stop_drains_and_the_next_start_has_everything() {
    let mut house = House::start().await;
    house.location("huis", 2).await;
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    assert!(house.stop().await.success());
    assert!(!is_anybody_using(&house.data()));
    house.restart().await;
    house.on_the_board("huis", |it| it.free == 1).await;
}

/// Whether a process names this folder on its command line.
fn is_anybody_using(folder: &std::path::Path) -> bool {
    let folder = folder.to_str().unwrap().to_owned();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.into_iter().any(|line| line.contains(&folder) && line.contains("nats"))
}
