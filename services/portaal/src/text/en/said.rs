//! What the services say, in English: their refusals, what is wrong with a field and what does not fit. A sentence is known
//! by its Dutch text, in which `{}` stands for what differs. A test reads the sources of the services and fails where
//! something has no English. It must not hold a word of the pages themselves.

/// Every text, Dutch and English; what differs stands in the same order in both. What is longer comes before what it
/// begins with.
const SAID: &[(&str, &str)] = &[
    // Signing in.
    ("Meld u eerst aan.", "Sign in first."),
    ("Meld u eerst aan: er is geen token meegegeven.", "Sign in first: there was no token."),
    ("Dit token is niet te lezen. Meld u opnieuw aan.", "This token cannot be read. Sign in again."),
    ("U bent te lang geleden aangemeld. Meld u opnieuw aan.", "You signed in too long ago. Sign in again."),
    (
        "Dit token geldt nog niet. Probeer het zo opnieuw, of laat de klok van deze machine nakijken.",
        "This token is not valid yet. Try again in a moment, or have the clock of this machine checked.",
    ),
    (
        "Dit token is niet van de aanbieder waar u zich hier aanmeldt.",
        "This token is not of the provider where you sign in here.",
    ),
    ("Dit token is niet voor Onderdak bedoeld.", "This token is not meant for Onderdak."),
    ("Dit token is voor een andere regio.", "This token is for another region."),
    (
        "In dit token staat geen rol. De beheerder moet u een rol geven.",
        "This token holds no role. The administrator has to give you one.",
    ),
    (
        "Aanmelden lukt nu niet: de aanbieder antwoordt niet. Probeer het zo opnieuw.",
        "Signing in does not work now: the provider does not answer. Try again in a moment.",
    ),
    ("Aanmelden lukt niet: {}.", "Signing in does not work: {}."),
    ("Als {} mag u dit niet.", "As {} you may not do this."),
    ("Deze locatie is niet van u.", "This location is not yours."),
    ("Deze opdracht kent Onderdak niet.", "Onderdak does not know this command."),
    // Services that cannot do it now.
    ("Het is te druk. Probeer het zo opnieuw.", "It is too busy. Try again in a moment."),
    ("Deze dienst stopt net. Probeer het zo opnieuw.", "This service is just stopping. Try again in a moment."),
    ("Er ging iets mis in deze dienst.", "Something went wrong in this service."),
    (
        "De opslag is vol; er is niets veranderd. De beheerder moet ruimte maken.",
        "The storage is full; nothing was changed. The administrator has to make room.",
    ),
    (
        "De opslag is even niet bereikbaar; er is niets veranderd. Probeer het opnieuw.",
        "The storage cannot be reached for a moment; nothing was changed. Try again.",
    ),
    (
        "De opslag is even niet bereikbaar. Probeer het opnieuw.",
        "The storage cannot be reached for a moment. Try again.",
    ),
    ("De opslag is even niet te lezen. Probeer het opnieuw.", "The storage cannot be read for a moment. Try again."),
    ("De geschiedenis is even niet te lezen.", "The history cannot be read for a moment."),
    ("Een bewaarde melding is beschadigd.", "A stored report is damaged."),
    (
        "Het is niet zeker of dit gelukt is. Stuur hetzelfde command_id opnieuw: dat doet het hoogstens één keer.",
        "It is not certain whether this was done. Send the same command_id again: that does it at most once.",
    ),
    (
        "Het is niet zeker of alles gewist is. Probeer het opnieuw; nog een keer wissen kan geen kwaad.",
        "It is not certain whether everything was erased. Try again; erasing once more does no harm.",
    ),
    (
        "Niet elke dienst antwoordt; het bord wordt pas opnieuw gevuld als ze er allemaal zijn.",
        "Not every service answers; the board is filled again once they are all there.",
    ),
    ("Dit command_id is al voor iets anders gebruikt.", "This command_id was used for something else already."),
    // Who fits where.
    (
        "Deze plek is alleen voor inwoners van een andere gemeente.",
        "This place is only for people of another gemeente.",
    ),
    (
        "Deze plek is voor een andere doelgroep, of de doelgroep is niet bekend.",
        "This place is for another target group, or the target group is not known.",
    ),
    ("De leeftijd past niet bij deze plek, of is niet bekend.", "The age does not fit this place, or is not known."),
    (
        "Deze plek is alleen voor mensen van een ander geslacht, of het geslacht is niet bekend.",
        "This place is only for people of another sex, or the sex is not known.",
    ),
    ("Deze plek is niet geschikt voor een rolstoel.", "A wheelchair does not fit this place."),
    ("Op deze plek mag geen huisdier mee.", "No pet may come along to this place."),
    ("Op deze plek mogen geen kinderen mee.", "No children may come along to this place."),
    ("Zoveel nachten mag iemand hier niet blijven.", "Nobody may stay here for so many nights."),
    ("De grootte van het huishouden past niet bij deze plek.", "The size of the household does not fit this place."),
    (
        "Het is niet bekend of de avond- en nachtdienst er nu is. Bel de nachtdienst eerst.",
        "It is not known whether the evening and night service is there now. Call it first.",
    ),
    (
        "Hier kan nu niemand terecht: de avond- en nachtdienst is er op dit uur niet.",
        "Nobody can come here now: the evening and night service is not there at this hour.",
    ),
    (
        "Deze plek is bij voorkeur voor inwoners van {}. Dat is geen reden om iemand te weigeren.",
        "This place is preferably for people of {}. That is no reason to refuse anybody.",
    ),
    ("voor inwoners van deze gemeente", "for people of this gemeente"),
    ("inwoners van een andere gemeente gaan voor", "people of another gemeente come first"),
    ("voor deze doelgroep", "for this target group"),
    ("de leeftijd past", "the age fits"),
    ("het geslacht past", "the sex fits"),
    ("geschikt voor een rolstoel", "fit for a wheelchair"),
    ("huisdier mag mee", "a pet may come along"),
    ("kinderen mogen mee", "children may come along"),
    ("zoveel nachten kan", "so many nights are possible"),
    ("voor iedereen", "for everybody"),
    // Locations and their places.
    ("Deze locatie is hier niet bekend.", "This location is not known here."),
    ("Deze plek is op deze locatie niet bekend.", "This place is not known at this location."),
    ("De gemeente {} hoort niet bij deze regio.", "The gemeente {} is not of this region."),
    ("Er is al een locatie met de code {}.", "There is a location with the code {} already."),
    ("Deze locatie heeft al een plek met de code {}.", "This location has a place with the code {} already."),
    ("Deze locatie is voorgoed gesloten.", "This location is closed for good."),
    ("Een locatie kan niet meer dan {} plekken hebben.", "A location cannot have more than {} places."),
    (
        "De soort, de gemeente en de manier van tellen van een locatie kunnen niet veranderen.",
        "The kind of a location, its gemeente and how it counts cannot change.",
    ),
    (
        "Deze locatie telt mensen en heeft geen losse plekken.",
        "This location counts people and has no places of their own.",
    ),
    (
        "Deze locatie heeft losse plekken en telt geen mensen.",
        "This location has places of their own and does not count people.",
    ),
    ("Zeg bij deze plek hoe groot een huishouden mag zijn.", "Say of this place how large a household may be."),
    ("De verwachte einddatum ligt niet in de toekomst.", "The expected end is not in the future."),
    ("De plek {} is gereserveerd.", "The place {} is held."),
    ("De plek {} is bezet.", "The place {} is occupied."),
    ("De plek {} is niet buiten gebruik.", "The place {} is not out of service."),
    ("De plek {} is niet in gebruik door deze cliënt.", "The place {} is not in use by this client."),
    ("De plek {} is buiten gebruik{}.", "The place {} is out of service{}."),
    (
        "Niemand past op {}: met de eisen van de locatie erbij ligt de hoogste leeftijd onder de laagste, of het grootste huishouden onder het kleinste.",
        "Nobody fits {}: with the limits of the location, the highest age is below the lowest, or the largest household below the smallest.",
    ),
    ("deze plek", "this place"),
    ("Er is nog iemand binnen of verwacht.", "Somebody is still in, or expected."),
    ("Er zijn nog {} mensen binnen of verwacht.", "{} people are still in, or expected."),
    ("Nog in gebruik of gereserveerd: {}.", "Still in use or held: {}."),
    // Opvang.
    (
        "Dit verblijf of deze reservering is hier niet bekend, of is al afgelopen.",
        "This stay or hold is not known here, or is over already.",
    ),
    ("Deze locatie heeft geen plekken van die soort.", "This location has no places of that kind."),
    ("Deze cliënt heeft al een plek of een reservering.", "This client has a place or a hold already."),
    ("Deze reservering is voor een andere cliënt.", "This hold is for another client."),
    ("Deze cliënt is al binnen.", "This client is in already."),
    ("Deze cliënt is nog niet binnen. Annuleer de reservering.", "This client is not in yet. Cancel the hold."),
    (
        "Hier is iemand van wie een cliëntcode bekend is: {}. Schrijf die cliënt eerst uit.",
        "Somebody whose client code is known is here: {}. Check that client out first.",
    ),
    ("Hier is geen plek vrij.", "There is no free place here."),
    (
        "Een reservering kan tot 24 uur vooruit, en niet in het verleden.",
        "A hold can be up to 24 hours ahead, and not in the past.",
    ),
    (
        "Hier is nog nooit geteld. Geef eerst door hoeveel mensen er binnen zijn.",
        "Nobody has ever counted here. Tell first how many people are in.",
    ),
    ("Dat aantal kan niet: er zijn nu {} mensen binnen.", "That number is not possible: there are {} people in now."),
    ("Deze stand ligt in de toekomst.", "These figures lie in the future."),
    ("Deze cliënt staat hier niet op een wachtlijst.", "This client is on no waiting list here."),
    ("Deze cliënt staat al op deze wachtlijst.", "This client is on this waiting list already."),
    (
        "Op de wachtlijsten van een locatie passen hoogstens {} mensen.",
        "The waiting lists of a location hold at most {} people.",
    ),
    ("Er is deze cliënt nu geen plek aangeboden.", "No place is offered to this client now."),
    (
        "Deze cliënt wacht niet op plek {}: die is van een andere soort.",
        "This client does not wait for place {}: that is of another sort.",
    ),
    (
        "Voor deze plek wacht niemand die geen ander aanbod heeft.",
        "Nobody waits for this place who has no other offer.",
    ),
    (
        "Na een aanbod kan iemand hoogstens een week later komen, en niet in het verleden.",
        "After an offer somebody can come at most a week later, and not in the past.",
    ),
    ("Dit plan is niet bekend, of is al uitgevoerd.", "This plan is not known, or was carried out already."),
    ("De datum van een plan moet in de toekomst liggen.", "The date of a plan must be in the future."),
    ("Een locatie kan niet meer dan {} plannen hebben.", "A location cannot have more than {} plans."),
    ("Voor die tijd haalt een plan de plek {} al weg.", "Before that time a plan takes the place {} away already."),
    ("Voor die tijd komt de plek {} er al door een plan.", "Before that time a plan adds the place {} already."),
    (
        "Het plan {} van een latere dag kan dan niet meer. Trek dat eerst in.",
        "The plan {} of a later day is not possible then. Withdraw that one first.",
    ),
    ("De plek was er niet meer.", "The place was not there any more."),
    ("Er was al een plek met deze naam.", "There was a place with this name already."),
    ("De locatie had al het hoogste aantal plekken.", "The location had the most places it can have already."),
    (
        "Met de eisen van de locatie erbij zou er niemand op de plek passen.",
        "With the limits of the location nobody would fit the place.",
    ),
    ("De locatie was al voorgoed gesloten.", "The location was closed for good already."),
    ("Deze stap kon toen niet meer.", "This step was not possible any more then."),
    ("De gemeente {} heeft geen winteropvang.", "The gemeente {} has no winter shelter."),
    (
        "De winteropvang is nu niet open. De gemeente besluit wanneer zij opengaat.",
        "The winter shelter is not open now. The gemeente decides when it opens.",
    ),
    (
        "De nieuwe einddatum ligt niet na de oude, of niet in de toekomst.",
        "The new end is not after the old one, or not in the future.",
    ),
    ("Een verblijf kan hoogstens een jaar vooruit worden verlengd.", "A stay can be extended at most a year ahead."),
    ("Deze datum ligt voor het begin van het verblijf.", "This date is before the beginning of the stay."),
    (
        "De verantwoordelijke gemeente van een verblijf kan hoogstens {} keer veranderen.",
        "The responsible gemeente of a stay can change at most {} times.",
    ),
    ("Op deze plaats kan deze soort opvang niet komen.", "This kind of shelter cannot be on this spot."),
    (
        "Er wacht hier nog iemand. Haal die eerst van de wachtlijst.",
        "Somebody still waits here. Take them off the waiting list first.",
    ),
    (
        "Er wachten hier nog {} mensen. Haal die eerst van de wachtlijst.",
        "{} people still wait here. Take them off the waiting list first.",
    ),
    // Logeerplekken.
    ("Deze claim is niet bekend.", "This claim is not known."),
    ("Dat kan nu niet: deze melding is {}.", "That is not possible now: this report is {}."),
    ("Dat kan nu niet: {}.", "That is not possible now: {}."),
    ("de claim wacht nog op de locatie", "the claim still waits for the location"),
    ("de plek ligt vast en de cliënt is nog niet aangekomen", "the place is held and the client has not arrived yet"),
    ("de cliënt is al aangekomen", "the client has arrived already"),
    ("de cliënt is al vertrokken", "the client has left already"),
    ("deze claim is geannuleerd", "this claim was cancelled"),
    ("de cliënt kwam niet en de claim is voorbij", "the client did not come and the claim is over"),
    ("de locatie heeft deze claim geweigerd", "the location refused this claim"),
    (
        "de locatie heeft niet op tijd geantwoord en de claim is voorbij",
        "the location did not answer in time and the claim is over",
    ),
    (
        "Deze claim is hier niet meer: een andere locatie wordt nu gevraagd.",
        "This claim is not here any more: another location is asked now.",
    ),
    ("Deze cliënt heeft al een plek in de regio.", "This client has a place in the region already."),
    ("De stand van deze locatie is te oud. Bel eerst{}.", "The figures of this location are too old. Call first{}."),
    (
        "Deze locatie heeft haar stand nog nooit bevestigd. Bel eerst{}.",
        "This location has never confirmed its figures. Call first{}.",
    ),
    ("Op dit tijdstip neemt deze locatie niemand op.", "At this hour this location takes nobody in."),
    ("Deze locatie is vol.", "This location is full."),
    ("Deze claim is al een keer verlengd.", "This claim was extended once already."),
    ("Een claim kan met hoogstens {} minuten worden verlengd.", "A claim can be extended by at most {} minutes."),
    (
        "Ook dan is het verblijf al voorbij. Verleng met meer nachten, of meld dat de cliënt is vertrokken.",
        "The stay is over then too. Extend it by more nights, or say that the client left.",
    ),
    ("Langer dan {} nachten kan iemand hier niet blijven.", "Nobody can stay here for more than {} nights."),
    (
        "Er is nu geen vrije logeerplek die past. De vraag is genoteerd.",
        "There is no free logeerplek that fits now. That somebody asked was noted.",
    ),
    (
        "Er is nu geen logeerplek die past en waar iemand in kan. De vraag is genoteerd. Bij {} is een plek vrij, maar: {}",
        "There is no logeerplek now that fits and that somebody can enter. That somebody asked was noted. At {} a place is free, but: {}",
    ),
    (
        "Er is nu geen logeerplek die past en waar iemand in kan. De vraag is genoteerd.",
        "There is no logeerplek now that fits and that somebody can enter. That somebody asked was noted.",
    ),
    // Housing First.
    ("Dit traject is niet bekend.", "This traject is not known."),
    ("Deze cliënt heeft al een traject.", "This client has a traject already."),
    ("Dit traject is al {}.", "This traject is already {}."),
    ("Van {} kan een traject niet naar {}.", "From {} a traject cannot go to {}."),
    ("De regio mag hoogstens {} plekken gebruiken.", "The region may use at most {} places."),
    (
        "De gemeente {} heeft {} plekken, en die zijn allemaal in gebruik.",
        "The gemeente {} has {} places, and all of them are in use.",
    ),
    (
        "De gemeente {} gebruikt {} plekken; minder kan nu niet.",
        "The gemeente {} uses {} places; fewer is not possible now.",
    ),
    ("De gemeente {} heeft maar {} plekken.", "The gemeente {} has {} places only."),
    (
        "Voor de gemeente {} is nog geen aantal plekken gezet; er is niets te bevestigen.",
        "No number of places was set for the gemeente {} yet; there is nothing to confirm.",
    ),
    ("Dat is dezelfde gemeente.", "That is the same gemeente."),
    (
        "Een traject begint met aangemeld; dat kan niet worden teruggenomen. Stop het, als het niet doorgaat.",
        "A traject begins with aangemeld; that cannot be taken back. Stop it if it does not go on.",
    ),
    ("Zeg van welke corporatie de woning is.", "Say which housing association the home belongs to."),
    ("Deze datum ligt in de toekomst.", "This date is in the future."),
    ("Deze datum ligt voor de vorige stap, op {}.", "This date is before the step before it, on {}."),
    // The avond- en nachtdienst.
    ("Deze dienst is niet bekend.", "This shift is not known."),
    ("Deze melding is niet bekend.", "This report is not known."),
    (
        "In de nacht dat de klok verandert, duurt deze dienst geen minuut.",
        "In the night when the clock changes, this shift does not last a minute.",
    ),
    ("Deze dienst is al voorbij.", "This shift is over already."),
    ("Deze dienst gaat niet door.", "This shift is cancelled."),
    ("Een dienst kan tot 400 dagen vooruit worden gepland.", "A shift can be planned up to 400 days ahead."),
    ("Deze dienst is nu niet bezig.", "This shift is not going on now."),
    ("Op deze dienst staat niemand.", "Nobody is on this shift."),
    ("Deze medewerker staat al op deze dienst.", "This member of staff is on this shift already."),
    ("Deze medewerker staat niet op deze dienst.", "This member of staff is not on this shift."),
    ("Op een dienst kunnen hoogstens {} mensen staan.", "At most {} people can be on a shift."),
    ("Deze medewerker werkt dan al op een andere dienst.", "This member of staff works on another shift then."),
    (
        "Deze medewerker is dan ziek gemeld. Is de medewerker beter, of klopt het niet? Meld de medewerker dan beter.",
        "This member of staff is reported sick then. Are they better, or is that not so? Report them better.",
    ),
    ("Deze medewerker is dan niet ziek gemeld.", "This member of staff is not reported sick then."),
    (
        "Beter melden kan vanaf nu of later, en het einde ligt na het begin.",
        "Somebody can be reported better from now on or later, and the end is after the beginning.",
    ),
    (
        "Dit team heeft een melding. Geef die eerst aan een ander team, of zet erbij wat eruit kwam.",
        "This team has a report. Give it to another team first, or write down what came of it.",
    ),
    ("Ruilen kan alleen tussen twee mensen op twee diensten.", "Only two people on two shifts can change places."),
    (
        "Een ziekmelding duurt hoogstens 90 dagen, begint voor zij eindigt, en eindigt in de toekomst.",
        "Sick leave lasts at most 90 days, begins before it ends, and ends in the future.",
    ),
    ("Er zijn al {} open meldingen.", "There are {} open reports already."),
    (
        "Een melding gaat van toegewezen naar onderweg en dan naar aangekomen.",
        "A report goes from assigned to on the way and then to arrived.",
    ),
    ("Dit team heeft pauze.", "This team has a break."),
    ("Geef deze melding eerst aan een team.", "Give this report to a team first."),
    ("Bij een logeerplek hoort een claim, en alleen daarbij.", "A claim belongs to a logeerplek, and to nothing else."),
    (
        "Er zijn al {} opmerkingen. Laat de dienst eerst overnemen.",
        "There are {} remarks already. Have the shift taken over first.",
    ),
    (
        "Overdragen kan een coördinator tijdens de eigen dienst en tot twee uur erna. Overnemen kan vanaf twee uur voor de eigen dienst.",
        "A coordinator can hand over during their own shift and until two hours after it. Taking over is possible from two hours before one's own shift.",
    ),
    (
        "De nacht is al overgedragen, en wacht op de volgende coördinator.",
        "The night was handed over already, and waits for the next coordinator.",
    ),
    ("Er is geen overdracht die wacht.", "There is no handover that waits."),
    ("Een andere coördinator moet de nacht overnemen.", "Another coordinator has to take over the night."),
    ("{} minstens {} {} ({}); dit wordt {}.", "{} at least {} {} ({}); this makes it {}."),
    ("{} hoogstens {} {} ({}); dit wordt {}.", "{} at most {} {} ({}); this makes it {}."),
    ("Een dienst duurt", "A shift lasts"),
    ("Een nachtdienst duurt", "A night shift lasts"),
    ("De rust tussen twee diensten is", "The rest between two shifts is"),
    ("De rust na een nachtdienst die na 02:00 uur eindigt is", "The rest after a night shift that ends after 02:00 is"),
    ("De rust na drie of meer nachtdiensten achter elkaar is", "The rest after three or more night shifts in a row is"),
    ("Met een nachtdienst erbij is een reeks", "With a night shift in it, a row is"),
    ("In 16 weken zijn er", "In 16 weeks there are"),
    ("Een week telt", "A week has"),
    ("uur", "hours"),
    ("diensten lang", "shifts long"),
    ("nachtdiensten", "night shifts"),
    ("ontvangen", "received"),
    ("toegewezen", "assigned"),
    ("onderweg", "on the way"),
    ("aangekomen", "arrived"),
    ("klaar, met een resultaat", "done, with a result"),
    ("gesloten", "closed"),
    // What is wrong with a field.
    ("bevat een nummer dat een BSN kan zijn", "holds a number that may be a BSN"),
    ("mag niet leeg zijn", "may not be empty"),
    ("mag alleen kleine letters, cijfers en streepjes bevatten", "may hold small letters, digits and dashes only"),
    ("bevat onzichtbare tekens", "holds characters that cannot be seen"),
    ("heeft een dag buiten 1 tot en met 7", "has a day outside 1 to 7"),
    ("heeft een tijd buiten de dag", "has a time outside the day"),
    (
        "is geen code zoals Onderdak die geeft: 32 tekens, 0-9 en a-f",
        "is no code as Onderdak gives them: 32 characters, 0-9 and a-f",
    ),
    ("ligt niet op de aarde", "is not on earth"),
    ("mag alleen cijfers, spaties, + en - bevatten", "may hold digits, spaces, + and - only"),
    ("mag niet met een streepje beginnen of eindigen", "may not begin or end with a dash"),
    ("moet een CBS-code zijn, zoals gm0034", "must be a CBS code, such as gm0034"),
    ("is meer dan het aantal plekken", "is more than the number of places"),
    ("de positie of de versie ontbreekt", "the position or the version is missing"),
    ("onderwerp, volgnummer en inhoud spreken elkaar tegen", "subject, sequence and content contradict each other"),
    ("heeft te veel perioden", "has too many periods"),
    ("hoort alleen bij buiten gebruik", "belongs to out of service only"),
    ("hoort alleen bij een pauze", "belongs to a break only"),
    ("hoort alleen bij openen", "belongs to opening only"),
    ("hoort bij de fase woning toegewezen", "belongs to the stage woning toegewezen"),
    ("is een soort waarvan geen vraag geteld wordt", "is a kind for which no demand is counted"),
    ("is geen bestaand tijdstip", "is no moment that exists"),
    ("is geen bestaande datum tussen 1900 en 2200", "is no date that exists between 1900 and 2200"),
    ("is geen dekking", "is no cover"),
    ("is geen rol", "is no role"),
    ("is geen soort die deze dienst kent", "is no kind that this service knows"),
    ("is kleiner dan de cliënt en de kinderen samen", "is smaller than the client and the children together"),
    ("is te lang", "is too long"),
    ("is verplicht bij de reden anders", "is required with the reason anders"),
    ("is verplicht voor {}", "is required for {}"),
    ("kent een onbekende doelgroep", "holds an unknown target group"),
    ("kent een onbekende soort", "holds an unknown kind"),
    ("kent een onbekende waarde", "holds an unknown value"),
    ("ligt in de toekomst", "is in the future"),
    ("ligt meer dan {} dagen na het begin", "is more than {} days after the beginning"),
    ("ligt meer dan {} perioden na het begin", "is more than {} periods after the beginning"),
    ("ligt niet na het begin", "is not after the beginning"),
    ("ligt onder {}", "is below {}"),
    ("mag hoogstens {} locaties noemen", "may name at most {} locations"),
    ("mag hoogstens {} tekens hebben", "may have at most {} characters"),
    ("mag hoogstens {} waarden hebben", "may have at most {} values"),
    ("mag hoogstens {} zijn", "may be at most {}"),
    ("moet 1 tot en met {} gemeenten noemen", "must name 1 to {} gemeenten"),
    ("moet 1 tot en met {} plekken noemen", "must name 1 to {} places"),
    ("moet 1 tot en met {} stappen hebben", "must have 1 to {} steps"),
    ("moet 1 tot en met {} tekens hebben", "must have 1 to {} characters"),
    ("moet ambulant, generalistisch of specialistisch zijn", "must be ambulant, generalistisch or specialistisch"),
    ("moet een UUID zijn die u zelf maakt", "must be a UUID that you make yourself"),
    ("moet na het begin liggen", "must be after the beginning"),
    ("moet tussen {} en {} liggen", "must be between {} and {}"),
    ("moet vrij, bezet of buiten gebruik zijn", "must be free, occupied or out of service"),
    ("noemt een locatie twee keer", "names a location twice"),
    ("noemt een plek twee keer", "names a place twice"),
    ("noemt een soort twee keer", "names a kind twice"),
    ("ontbreekt of is onbekend", "is missing or not known"),
    ("ontbreekt", "is missing"),
    ("{} kan niet zo tellen", "{} cannot count like that"),
];

/// What a service says, in English; what is not known here is told as it is.
pub(crate) fn in_english(said: &str) -> String {
    english(said).unwrap_or_else(|| format!("The service says, in Dutch: {said}"))
}

/// The same; none for what is not known here. Several sentences may follow each other.
fn english(said: &str) -> Option<String> {
    let mut ends = said.match_indices(". ").map(|(at, _)| at + 1);
    // The shortest that is known, and whatever follows it; then all of it, for what differs may hold sentences too.
    let several = ends.find_map(|end| {
        let (one, rest) = said.split_at_checked(end)?;
        Some(format!("{} {}", whole(one)?, english(rest.trim_start())?))
    });
    several.or_else(|| whole(said))
}

/// The same of what stands in the table as one.
fn whole(said: &str) -> Option<String> {
    SAID.iter().find_map(|(dutch, english)| {
        let differs = differing(dutch, said)?;
        let mut parts = english.split("{}");
        let first = parts.next().unwrap_or_default().to_owned();
        Some(
            parts
                .zip(differs)
                .fold(first, |text, (part, value)| text + &whole(value).unwrap_or_else(|| value.to_owned()) + part),
        )
    })
}

/// What stands where a pattern leaves room; none where the text is another one.
fn differing<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let parts: Vec<&str> = parts.collect();
    let mut found = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let is_last = at + 1 == parts.len();
        let value = if is_last { rest.strip_suffix(part)? } else { rest.split_once(part)?.0 };
        rest = rest.get(value.len() + part.len()..)?;
        found.push(value);
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What a file says to people: its sentences, and what is wrong with a field.
    fn said_in(source: &str, is_model: bool) -> Vec<String> {
        let code: Vec<&str> = source.split("#[cfg(test)]").next().unwrap().lines().collect();
        let code = code.into_iter().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let code = code.replace("'\"'", "");
        let invalid = code.match_indices("Invalid::new(").map(|(at, _)| at..at + code[at..].find(';').unwrap_or(0));
        let invalid: Vec<_> = invalid.collect();
        let mut said = Vec::new();
        let mut at = 0;
        while let Some(begins) = code[at..].find('"').map(|it| at + it + 1) {
            let ends = begins
                + code[begins..].match_indices('"').find(|(it, _)| !code[..begins + it].ends_with('\\')).unwrap().0;
            let text = code[begins..ends].split("\\\n").map(str::trim_start).collect::<String>();
            let is_sentence = text.starts_with(char::is_uppercase) && text.ends_with('.');
            let is_of_field =
                invalid.iter().any(|it| it.contains(&begins)) || (is_model && code[..begins].ends_with("Err(\""));
            let is_why = is_of_field && text.starts_with(char::is_lowercase);
            if text.contains(' ') && (is_sentence || is_why) {
                said.push(text);
            }
            at = ends + 1;
        }
        said
    }

    /// A text with something in every place that differs.
    fn filled(text: &str) -> String {
        let mut parts = text.split('{');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| format!("{text}7{}", part.split_once('}').map_or(part, |(_, rest)| rest)))
    }

    fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                files(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn everything_a_service_says_has_its_english() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = Vec::new();
        for of in ["model", "service", "identity"] {
            files(&root.join("crates").join(of).join("src"), &mut found);
        }
        for service in std::fs::read_dir(root.join("services")).unwrap() {
            let service = service.unwrap().path();
            // The pages have words of their own, and the command line speaks Dutch.
            if !service.ends_with("portaal") && !service.ends_with("onderdak") {
                files(&service.join("src"), &mut found);
            }
        }
        let (mut seen, mut missing) = (0, Vec::new());
        for file in found {
            let is_model = file.starts_with(root.join("crates/model"));
            for text in said_in(&std::fs::read_to_string(&file).unwrap(), is_model) {
                seen += 1;
                if english(&filled(&text)).is_none() {
                    missing.push(format!("{}: {text}", file.display()));
                }
            }
        }
        assert!(missing.is_empty(), "{}", missing.join("\n"));
        assert!(seen > 180, "{seen}");
    }

    #[test]
    fn what_differs_stays_and_what_has_a_word_of_its_own_gets_it() {
        assert_eq!(in_english("De plek A.1 is buiten gebruik: lek dak."), "The place A.1 is out of service: lek dak.");
        assert_eq!(
            in_english("De plek A.1 is buiten gebruik: lek dak. Bel Jan."),
            "The place A.1 is out of service: lek dak. Bel Jan."
        );
        assert_eq!(
            in_english("Dat kan nu niet: de cliënt is al vertrokken."),
            "That is not possible now: the client has left already."
        );
        assert_eq!(
            in_english(
                "Een dienst duurt hoogstens 12 uur (ATW 5:7); dit wordt 13. Een week telt hoogstens 60 uur (ATW 5:7); dit wordt 65."
            ),
            "A shift lasts at most 12 hours (ATW 5:7); this makes it 13. A week has at most 60 hours (ATW 5:7); this makes it 65."
        );
        assert_eq!(
            in_english("Op deze plek mag geen huisdier mee. Deze plek is niet geschikt voor een rolstoel."),
            "No pet may come along to this place. A wheelchair does not fit this place."
        );
    }

    #[test]
    fn what_is_not_known_is_told_as_it_is() {
        assert_eq!(in_english("Iets nieuws."), "The service says, in Dutch: Iets nieuws.");
    }
}
