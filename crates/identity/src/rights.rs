//! Who may do what, and where: role × method × scope, in one table. A method without a row is for nobody, and a test
//! that walks every method of the contracts fails when one is missing. It must not know how somebody proved who they are.

use model::actor::Role::{self, Beheerder, Beleid, Coordinator, Dispatcher, Medewerker, Systeem};

/// Where a role may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// At the locations that are theirs.
    Own,
    /// Everywhere in the region of their token.
    Region,
}

use Scope::{Own, Region};

/// Who may do something.
pub type Rights = &'static [(Role, Scope)];

/// Setting up: locations, places, criteria, what a location counts.
const SETS_UP: Rights = &[(Beheerder, Region)];
/// Plans and the winteropvang: what a gemeente decides.
const DECIDES: Rights = &[(Coordinator, Region), (Beheerder, Region)];
/// The work of a house: who comes in and leaves, which place is out of service, who waits.
const HOUSE: Rights = &[(Medewerker, Own), (Coordinator, Region), (Beheerder, Region)];
/// A house as the people who work there see it, with the codes of its clients.
const SEES_HOUSE: Rights = HOUSE;
/// A logeerplek as who sends people there sees it: the dispatcher too.
const SEES_LOGEERPLEK: Rights = &[(Medewerker, Own), (Dispatcher, Region), (Coordinator, Region), (Beheerder, Region)];
/// Claiming for a client: the dispatcher everywhere, a house for itself.
const CLAIMS: Rights = SEES_LOGEERPLEK;
/// Claiming wherever it fits best, which is at no location of one's own.
const CLAIMS_ANYWHERE: Rights = &[(Dispatcher, Region), (Coordinator, Region), (Beheerder, Region)];
/// The work of the avond- en nachtdienst.
const NIGHT: Rights = &[(Dispatcher, Region), (Coordinator, Region), (Beheerder, Region)];
/// Its roster.
const ROSTER: Rights = DECIDES;
/// Everybody who works with it.
const EVERYBODY: Rights =
    &[(Medewerker, Region), (Dispatcher, Region), (Coordinator, Region), (Beheerder, Region), (Beleid, Region)];
/// Trajecten of Housing First, with the codes of clients.
const TRAJECTEN: Rights = DECIDES;
/// Figures without anybody in them.
const FIGURES: Rights = &[(Coordinator, Region), (Beheerder, Region), (Beleid, Region)];
/// The board of the region: everybody, and the pages of the suite themselves.
const BOARD: Rights = &[
    (Medewerker, Region),
    (Dispatcher, Region),
    (Coordinator, Region),
    (Beheerder, Region),
    (Beleid, Region),
    (Systeem, Region),
];
/// What one part of the suite reads of another.
const SUITE: Rights = &[(Systeem, Region), (Beheerder, Region)];
/// What cannot be taken back, or touches everything.
const BEHEER: Rights = SETS_UP;

/// Every method of every service, and who may call it.
pub const METHODS: &[(&str, &[(&str, Rights)])] = &[
    (
        "onderdak.opvang.v1.OpvangService",
        &[
            ("RegisterLocation", SETS_UP),
            ("ChangeLocation", SETS_UP),
            ("RetireLocation", SETS_UP),
            ("AddPlace", SETS_UP),
            ("ChangePlace", SETS_UP),
            ("RetirePlace", SETS_UP),
            ("SetCapacity", SETS_UP),
            ("PlanCapacity", DECIDES),
            ("WithdrawPlan", DECIDES),
            ("SwitchSurge", DECIDES),
            ("TakeOutOfService", HOUSE),
            ("ReturnToService", HOUSE),
            ("ConfirmLocation", HOUSE),
            ("CheckIn", HOUSE),
            ("CheckOut", HOUSE),
            ("Reserve", HOUSE),
            ("CancelReservation", HOUSE),
            ("Move", HOUSE),
            ("ExtendStay", HOUSE),
            ("SetResponsible", HOUSE),
            ("BulkSet", HOUSE),
            ("CountPeople", HOUSE),
            ("RecordStand", HOUSE),
            ("JoinWaitingList", HOUSE),
            ("LeaveWaitingList", HOUSE),
            ("AcceptOffer", HOUSE),
            ("DeclineOffer", HOUSE),
            ("WithdrawOffer", HOUSE),
            ("PassOver", HOUSE),
            ("OfferAgain", HOUSE),
            ("MoveWaiting", HOUSE),
            ("GetStay", SEES_HOUSE),
            ("ListExpectedExits", SEES_HOUSE),
            ("ListWaiting", SEES_HOUSE),
            ("ListPlans", SEES_HOUSE),
            ("GetLocation", SEES_HOUSE),
            ("ListLocations", SEES_HOUSE),
        ],
    ),
    (
        "onderdak.logeerplek.v1.LogeerplekService",
        &[
            ("RegisterLocation", SETS_UP),
            ("ChangeLocation", SETS_UP),
            ("RetireLocation", SETS_UP),
            ("AddPlace", SETS_UP),
            ("ChangePlace", SETS_UP),
            ("RetirePlace", SETS_UP),
            ("TakeOutOfService", HOUSE),
            ("ReturnToService", HOUSE),
            ("ConfirmLocation", HOUSE),
            ("AcceptClaim", HOUSE),
            ("RefuseClaim", HOUSE),
            ("Arrive", HOUSE),
            ("ExtendStay", HOUSE),
            ("CheckOut", HOUSE),
            ("Claim", CLAIMS),
            ("CancelClaim", CLAIMS),
            ("ExtendHold", CLAIMS),
            ("ClaimBest", CLAIMS_ANYWHERE),
            ("RecordUnmetDemand", CLAIMS_ANYWHERE),
            ("GetLocation", SEES_LOGEERPLEK),
            ("ListLocations", SEES_LOGEERPLEK),
            ("GetClaim", SEES_LOGEERPLEK),
            ("ListClaims", SEES_LOGEERPLEK),
        ],
    ),
    (
        "onderdak.housing_first.v1.HousingFirstService",
        &[
            ("SetAllocation", DECIDES),
            ("MoveSlots", DECIDES),
            ("ConfirmGemeente", DECIDES),
            ("RegisterTraject", TRAJECTEN),
            ("AdvanceTraject", TRAJECTEN),
            ("StopTraject", TRAJECTEN),
            ("TakeBackStage", TRAJECTEN),
            ("TransferTraject", TRAJECTEN),
            ("ChangeProvider", TRAJECTEN),
            ("ChangeCorporatie", TRAJECTEN),
            ("GetTraject", TRAJECTEN),
            ("ListTrajecten", TRAJECTEN),
            ("ListAllocations", FIGURES),
            ("GetMonitor", FIGURES),
        ],
    ),
    (
        "onderdak.nachtdienst.v1.NachtdienstService",
        &[
            ("PlanShift", ROSTER),
            ("ChangeShift", ROSTER),
            ("CancelShift", ROSTER),
            ("AssignStaff", ROSTER),
            ("UnassignStaff", ROSTER),
            ("SwapStaff", ROSTER),
            ("ReportSick", NIGHT),
            ("ReportBetter", NIGHT),
            ("SetTeamState", NIGHT),
            ("ReceiveMelding", NIGHT),
            ("AssignMelding", NIGHT),
            ("MoveMelding", NIGHT),
            ("SetMeldingResult", NIGHT),
            ("CloseMelding", NIGHT),
            ("WriteRemark", NIGHT),
            ("HandOver", NIGHT),
            ("WithdrawHandover", NIGHT),
            ("AcceptHandover", NIGHT),
            ("GetRoster", NIGHT),
            ("ListMeldingen", NIGHT),
            ("GetHandover", NIGHT),
            ("GetCover", EVERYBODY),
            ("GetMeasures", FIGURES),
        ],
    ),
    (
        "onderdak.regio.v1.RegioService",
        &[
            ("Watch", BOARD),
            ("ListLocations", BOARD),
            ("FindPlaces", BOARD),
            ("GetOverview", BOARD),
            ("GetFlow", BOARD),
            ("GetSeries", BOARD),
            ("GetHistory", BOARD),
            ("GetStatus", BOARD),
            ("Rebuild", BEHEER),
        ],
    ),
    ("onderdak.feed.v1.FeedService", &[("Read", SUITE), ("Head", SUITE)]),
    ("onderdak.audit.v1.AuditService", &[("ListEntries", BEHEER)]),
    ("onderdak.privacy.v1.PrivacyService", &[("Erase", BEHEER), ("Retain", BEHEER)]),
];

/// Every part of the pages, and who it is for.
pub const PAGES: &[(&str, Rights)] = &[
    ("/locatie", HOUSE),
    ("/zoek", CLAIMS_ANYWHERE),
    ("/nacht", NIGHT),
    ("/regio", EVERYBODY),
    ("/beheer", DECIDES),
    ("/beheer/locaties", DECIDES),
    ("/beheer/capaciteit", DECIDES),
    ("/beheer/rooster", ROSTER),
    ("/beheer/logboek", BEHEER),
];

/// What anybody may ask without a token: whether a service is well, and what its contracts are.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection.v1.ServerReflection/"];

/// Whether anybody may call a method.
pub fn is_open(path: &str) -> bool {
    OPEN.iter().any(|service| path.starts_with(service))
}

/// Who may call a method, by its path `/package.Service/Method`; none where there is no such method.
pub fn of_method(path: &str) -> Option<Rights> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let (_, methods) = METHODS.iter().find(|(name, _)| *name == service)?;
    methods.iter().find(|(name, _)| *name == method).map(|(_, rights)| *rights)
}

/// Who a part of the pages is for.
pub fn of_page(path: &str) -> Rights {
    PAGES.iter().find(|(name, _)| *name == path).map_or(&[], |(_, rights)| *rights)
}

/// Where a role may do it; none where it may not.
pub fn scope(rights: Rights, role: Role) -> Option<Scope> {
    rights.iter().find(|(who, _)| *who == role).map(|(_, scope)| *scope)
}
