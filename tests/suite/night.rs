//! A full night, as `onderdak demo nacht` plays it: every figure on the board after every scene, on one machine and as in
//! production; and whether a name that was typed anywhere in it comes out where it must not be.

use onderdak::client::Connection;
use onderdak::demo::{Options, Scene, night};
use onderdak::suite::Service;
use onderdak::{Exit, Failure, regions, seed};
use testkit::process::Child;
use testkit::{SECONDS_60, TempDir, nats, postgres, wait_for};
use tokio_util::sync::CancellationToken;

use crate::canary::{self, Collector, MARK};
use crate::house::{House, ONDERDAK, PATIENCE, sign_in};
use crate::production::{address, addresses_of};

/// The region of the night.
const FLEVOLAND: &str = include_str!("../../deploy/regions/flevoland.toml");

/// Free, held, occupied, out of service, extra; slots in use; open meldingen; gemeenten without cover.
const NIGHT: [(&str, [u32; 8]); 19] = [
    ("begin", [194, 0, 0, 0, 0, 0, 0, 0]),
    ("nachtopvang", [193, 0, 1, 0, 0, 0, 0, 0]),
    ("crisisopvang", [192, 0, 2, 0, 0, 0, 0, 0]),
    ("buiten-gebruik", [191, 0, 2, 1, 0, 0, 0, 0]),
    ("dagopvang", [181, 0, 12, 1, 0, 0, 0, 0]),
    ("klopt-nog", [181, 0, 12, 1, 0, 0, 0, 0]),
    ("melding", [181, 0, 12, 1, 0, 0, 1, 0]),
    ("claim", [180, 1, 12, 1, 0, 0, 1, 0]),
    ("aangekomen", [180, 0, 13, 1, 0, 0, 0, 0]),
    ("geweigerd", [180, 0, 13, 1, 0, 0, 0, 0]),
    ("vastgelegd", [179, 1, 13, 1, 0, 0, 0, 0]),
    ("niet-gekomen", [180, 0, 13, 1, 0, 0, 0, 0]),
    ("ziek", [180, 0, 13, 1, 0, 0, 0, 2]),
    ("vervanging", [180, 0, 13, 1, 0, 0, 0, 0]),
    ("winteropvang", [193, 0, 13, 1, 13, 0, 0, 0]),
    ("winternacht", [190, 0, 16, 1, 13, 0, 0, 0]),
    ("sleutel", [190, 0, 16, 1, 13, 1, 0, 0]),
    ("overdracht", [190, 0, 16, 1, 13, 1, 0, 0]),
    ("ochtend", [194, 0, 0, 0, 0, 1, 0, 0]),
];

/// Came in, left, refused, nobody came, meldingen closed, trajecten started.
const CAME_AND_WENT: [u32; 6] = [3, 3, 1, 1, 1, 1];

/// Plays the night and compares every scene as it comes.
async fn play(connection: &Connection) {
    let options = Options { pauze: 0, zaad: 1, merk: MARK.to_owned() };
    let mut expected = NIGHT.into_iter();
    let compare = async |scene: &Scene| {
        let it = scene.figures;
        let seen = [it.free, it.held, it.occupied, it.unavailable, it.surge, it.slots, it.meldingen, it.gaps];
        assert_eq!(Some((scene.name, seen)), expected.next(), "{}", scene.told);
        Ok(())
    };
    let it = night(connection, &options, &CancellationToken::new(), compare)
        .await
        .map_err(|failure| failure.sentence)
        .unwrap();
    assert!(expected.next().is_none());
    let seen = [it.instroom, it.uitstroom, it.refused, it.no_shows, it.meldingen, it.started];
    assert_eq!(seen, CAME_AND_WENT);
}

#[tokio::test]
async fn a_full_night_on_one_machine_shows_every_figure_and_lets_no_name_out_and_erasing_leaves_none() {
    let house = House::start_with(FLEVOLAND).await;
    play(&house.connection).await;
    canary::type_it_everywhere(&house.connection).await;

    let held = canary::in_files(&house.data());
    let of_services: Vec<String> = Service::owners().map(|service| format!("{}.db", service.name())).collect();
    assert!(of_services.iter().all(|file| held.keys().any(|name| name.starts_with(file))), "{held:?}");
    let elsewhere = held.keys().filter(|name| !of_services.iter().any(|file| name.starts_with(file)));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&String>::new(), "only services that own a log hold it");
    canary::absent("the bus", &canary::on_the_bus(&bus_of(&house)).await);
    canary::absent("the logs", house.process().lines().join("\n").as_bytes());

    let codes = canary::codes(&house.data());
    assert!(!codes.iter().any(|code| code.contains("nergens") || code.contains("zolder")), "{codes:?}");
    canary::erase(&house.connection, &codes).await;
    assert_eq!(canary::in_files(&house.data()), canary::Held::default(), "also not in what SQLite wrote ahead");
}

#[tokio::test]
async fn a_full_night_with_two_replicas_on_postgresql_and_a_nats_cluster_shows_the_same_figures_and_no_name() {
    let folder = TempDir::new("nacht");
    let logs: Vec<&str> = Service::owners().map(Service::name).collect();
    let names: Vec<&str> = Service::all().map(Service::name).collect();
    let databases = postgres::Databases::fresh(&names).await;
    let other_board = postgres::Database::fresh().await;
    let cluster = nats::Cluster::start(3).await;
    let urls = cluster.urls();
    let region = folder.join("flevoland.toml");
    std::fs::write(&region, FLEVOLAND).unwrap();
    let region = region.to_str().unwrap();
    let provision = ["provision", "--nats", &urls, "--region", region, "--replicas", "3"];
    let provisioned = tokio::process::Command::new(ONDERDAK).args(provision).output().await.unwrap();
    assert!(provisioned.status.success(), "{provisioned:?}");

    let collector = Collector::start().await;
    let (_sign_in, issuer) = sign_in(region).await;
    let serve = |services: &[&str], more: &[&str]| {
        let to = ["--listen", "127.0.0.1:0", "--nats", &urls, "--region", region, "--otlp", collector.address()];
        let args: Vec<&str> = [&["serve"], services, &to, more].concat();
        Child::start(ONDERDAK, &args, [("ONDERDAK_LOG", "debug"), ("ONDERDAK_ISSUER", &*issuer)])
    };
    let one = serve(&logs, &["--database", databases.url()]);
    let other = serve(&logs, &["--database", databases.url()]);
    let (of_one, of_other) = (addresses_of(&one, &logs).await, addresses_of(&other, &logs).await);
    let board = serve(&["regio"], &["--database", databases.url(), "--feed", &of_one.join(",")]);
    let second_board = serve(&["regio"], &["--database", other_board.url(), "--feed", &of_other.join(",")]);
    // Every call goes to one of the two, so that both write.
    let regio = address(&board).await;
    let connection = Connection::at("beheerder:proef".parse().unwrap(), issuer.clone(), |service| {
        let number = Service::owners().position(|owner| owner == service);
        let of =
            |number: usize| if number.is_multiple_of(2) { of_one[number].clone() } else { of_other[number].clone() };
        number.map_or_else(|| regio.clone(), of)
    });
    seed::seed(&regions::load(region).unwrap(), &connection).await.map_err(|failure| failure.sentence).unwrap();
    play(&connection).await;
    canary::type_it_everywhere(&connection).await;

    let same = Connection { regio: address(&second_board).await, ..connection.clone() };
    wait_for("both boards to show the same", PATIENCE, async || {
        let (one, other) = (canary::board(&connection).await, canary::board(&same).await);
        if one == other { Ok(()) } else { Err(format!("{one}\n{other}")) }
    })
    .await;

    let of = |service: &str| databases.url().replace("{service}", service);
    for service in &logs {
        assert!(canary::is_in_database(&of(service)).await, "{service} holds what was typed, until it is erased");
    }
    for url in [&of("regio"), other_board.url()] {
        assert!(!canary::is_in_database(url).await, "a board holds nobody");
    }
    canary::absent("the bus", &canary::on_the_bus(urls.split(',').next().unwrap()).await);
    for process in [&one, &other, &board, &second_board] {
        canary::absent("the logs", process.lines().join("\n").as_bytes());
    }
    canary::looks_are_logged(&one.lines(), "medewerker", "/onderdak.opvang.v1.OpvangService/CheckIn");
    canary::looks_are_logged(&other.lines(), "dispatcher", "/onderdak.logeerplek.v1.LogeerplekService/ClaimBest");
    let traces = wait_for("traces", SECONDS_60, async || {
        let traces = collector.received();
        if canary::holds(&traces, b"AssignStaff") { Ok(traces) } else { Err(format!("{} bytes", traces.len())) }
    })
    .await;
    canary::absent("the traces", &traces);

    let mut codes = Vec::new();
    for service in &logs {
        codes.extend(canary::codes_in_database(&of(service)).await);
    }
    canary::erase(&connection, &codes).await;
    for service in &logs {
        assert!(!canary::is_in_database(&of(service)).await, "{service} holds nobody any more");
    }
}

/// What the board shows when a demo begins; it goes no further.
async fn begin(house: &House, options: &Options) -> [u32; 8] {
    let mut begin = None;
    let first = async |scene: &Scene| {
        let it = scene.figures;
        begin = Some([it.free, it.held, it.occupied, it.unavailable, it.surge, it.slots, it.meldingen, it.gaps]);
        Err(Failure::new(Exit::NobodyReads, "genoeg"))
    };
    night(&house.connection, options, &CancellationToken::new(), first).await.unwrap_err();
    begin.unwrap()
}

#[tokio::test]
async fn a_night_that_breaks_off_or_is_stopped_leaves_nobody_in_a_bed_and_nothing_changed() {
    let house = House::start_with(FLEVOLAND).await;
    let options = Options { pauze: 0, zaad: 1, merk: MARK.to_owned() };
    // As far as somebody being on their way to a logeerplek, with a melding and an extra team on duty.
    let until_claim = async |scene: &Scene| {
        let goes_on = scene.name != "claim";
        if goes_on { Ok(()) } else { Err(Failure::new(Exit::NobodyReads, "genoeg")) }
    };
    let never = CancellationToken::new();
    let failure = night(&house.connection, &options, &never, until_claim).await.unwrap_err();
    assert_eq!(failure.sentence, "genoeg", "and nothing was left behind");
    assert_eq!(begin(&house, &options).await, NIGHT[0].1);

    let stop = CancellationToken::new();
    let stopped_at_arrival = async |scene: &Scene| {
        if scene.name == "aangekomen" {
            stop.cancel();
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    let failure = night(&house.connection, &options, &stop, stopped_at_arrival).await.unwrap_err();
    assert_eq!(failure.sentence, "De demo is afgebroken.", "and nothing was left behind");
    assert_eq!(begin(&house, &options).await, NIGHT[0].1);
}

#[tokio::test]
async fn what_a_demo_that_was_killed_left_behind_is_put_back_by_the_next() {
    let house = House::start_with(FLEVOLAND).await;
    let options = Options { pauze: 0, zaad: 1, merk: MARK.to_owned() };
    // Whoever is killed puts nothing back: the future is dropped where it stands.
    let (arrived, is_there) = tokio::sync::oneshot::channel();
    let mut arrived = Some(arrived);
    let killed_at_arrival = async |scene: &Scene| {
        if scene.name == "aangekomen" {
            let _ = arrived.take().unwrap().send(());
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    let never = CancellationToken::new();
    tokio::select! {
        _ = night(&house.connection, &options, &never, killed_at_arrival) => panic!("it goes on until it is killed"),
        _ = is_there => {}
    }
    // Ten visitors were counted at the inloop: that stands until somebody counts again.
    let visitors = NIGHT[4].1[2] - NIGHT[3].1[2];
    let mut expected = NIGHT[0].1;
    expected[0] -= visitors;
    expected[2] += visitors;
    assert_eq!(begin(&house, &options).await, expected);
}

/// Where the bus of `up` is.
fn bus_of(house: &House) -> String {
    let ports = std::fs::read_dir(house.data().join("nats/ports")).unwrap().next().unwrap().unwrap();
    let ports: serde_json::Value = serde_json::from_slice(&std::fs::read(ports.path()).unwrap()).unwrap();
    ports["nats"][0].as_str().unwrap().to_owned()
}
