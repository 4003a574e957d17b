//! The words the postings are made of. Companies carry "(demo)" so that nobody takes them for real.

/// What someone works as, in both languages, with the skills an ad would list.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) swedish: &'static str,
    pub(crate) english: &'static str,
    pub(crate) field: &'static str,
    pub(crate) must: &'static [&'static str],
    pub(crate) nice: &'static [&'static str],
    /// Whether an employer could let it be done from home.
    pub(crate) portable: bool,
    /// A usual Swedish wage, kronor a month.
    pub(crate) wage: i64,
}

macro_rules! works {
    ($($swedish:literal, $english:literal, $field:literal, [$($must:literal),*], [$($nice:literal),*], $portable:literal, $wage:literal;)*) => {
        pub(crate) static WORKS: &[Work] = &[$(Work {
            swedish: $swedish, english: $english, field: $field,
            must: &[$($must),*], nice: &[$($nice),*], portable: $portable, wage: $wage,
        }),*];
    };
}

works! {
    "Backend-utvecklare", "Backend developer", "Data/IT", ["Rust", "PostgreSQL"], ["Kubernetes"], true, 52_000;
    "Frontend-utvecklare", "Frontend developer", "Data/IT", ["TypeScript", "React"], ["CSS"], true, 48_000;
    "Fullstack-utvecklare", "Full-stack developer", "Data/IT", ["Java", "TypeScript"], ["Docker"], true, 50_000;
    "Systemadministratör", "System administrator", "Data/IT", ["Linux", "Ansible"], ["PowerShell"], true, 43_000;
    "Dataanalytiker", "Data analyst", "Data/IT", ["SQL", "Python"], ["Power BI"], true, 46_000;
    "Maskininlärningsingenjör", "Machine learning engineer", "Data/IT", ["Python", "PyTorch"], ["MLOps"], true, 58_000;
    "Testare", "Software tester", "Data/IT", ["Playwright", "Test automation"], ["Python"], true, 42_000;
    "Informationssäkerhetsspecialist", "Information security specialist", "Data/IT", ["ISO 27001"], ["Threat modeling"], true, 55_000;
    "Produktägare", "Product owner", "Data/IT", ["Scrum", "Requirements"], ["UX"], true, 54_000;
    "Supporttekniker", "Support technician", "Data/IT", ["Windows", "Customer service"], ["Azure"], false, 33_000;
    "Sjuksköterska", "Registered nurse", "Hälso- och sjukvård", ["Sjuksköterskelegitimation"], ["Triage"], false, 39_000;
    "Undersköterska", "Assistant nurse", "Hälso- och sjukvård", ["Omvårdnad"], ["Körkort B"], false, 29_500;
    "Barnmorska", "Midwife", "Hälso- och sjukvård", ["Barnmorskelegitimation"], ["Ultraljud"], false, 43_000;
    "Psykolog", "Psychologist", "Hälso- och sjukvård", ["Psykologlegitimation", "KBT"], ["Neuropsykologi"], true, 47_000;
    "Fysioterapeut", "Physiotherapist", "Hälso- och sjukvård", ["Rehabilitering"], ["Ergonomi"], false, 34_000;
    "Tandhygienist", "Dental hygienist", "Hälso- och sjukvård", ["Parodontologi"], ["Frenda"], false, 35_000;
    "Grundskollärare", "Primary school teacher", "Pedagogik", ["Lärarlegitimation"], ["Svenska som andraspråk"], false, 38_000;
    "Förskollärare", "Preschool teacher", "Pedagogik", ["Förskollärarlegitimation"], ["Tecken som stöd"], false, 34_500;
    "Specialpedagog", "Special needs teacher", "Pedagogik", ["Specialpedagogik"], ["Handledning"], false, 41_000;
    "Snickare", "Carpenter", "Bygg och anläggning", ["Stommar", "Ritningsläsning"], ["Körkort B"], false, 33_500;
    "Elektriker", "Electrician", "Bygg och anläggning", ["Elinstallation"], ["Solceller"], false, 34_500;
    "Rörmokare", "Plumber", "Bygg och anläggning", ["VVS"], ["Heta arbeten"], false, 34_000;
    "Projektledare bygg", "Construction project manager", "Bygg och anläggning", ["Projektledning", "AMA"], ["BIM"], false, 51_000;
    "Lastbilschaufför", "Truck driver", "Transport", ["Körkort CE", "YKB"], ["ADR"], false, 31_500;
    "Bussförare", "Bus driver", "Transport", ["Körkort D", "YKB"], ["Kundbemötande"], false, 30_500;
    "Lagermedarbetare", "Warehouse worker", "Transport", ["Truckkort"], ["WMS"], false, 28_500;
    "Kock", "Cook", "Hotell och restaurang", ["À la carte"], ["Specialkost"], false, 30_000;
    "Servitör", "Waiter", "Hotell och restaurang", ["Service"], ["Vinkunskap"], false, 27_500;
    "Hotellreceptionist", "Hotel receptionist", "Hotell och restaurang", ["Opera"], ["Tyska"], false, 28_000;
    "Ekonomiassistent", "Accounting assistant", "Ekonomi och administration", ["Bokföring", "Excel"], ["Fortnox"], true, 32_000;
    "Redovisningsekonom", "Accountant", "Ekonomi och administration", ["Bokslut", "IFRS"], ["Power Query"], true, 45_000;
    "Löneadministratör", "Payroll administrator", "Ekonomi och administration", ["Lönehantering"], ["Hogia"], true, 36_000;
    "HR-specialist", "HR specialist", "Ekonomi och administration", ["Arbetsrätt"], ["Rekrytering"], true, 43_000;
    "Säljare", "Sales representative", "Försäljning", ["Försäljning", "CRM"], ["Körkort B"], true, 35_000;
    "Butikssäljare", "Shop assistant", "Försäljning", ["Kassavana"], ["Visual merchandising"], false, 27_000;
    "Kommunikatör", "Communications officer", "Kultur, media, design", ["Skrivande", "Sociala medier"], ["InDesign"], true, 40_000;
    "Grafisk formgivare", "Graphic designer", "Kultur, media, design", ["Illustrator", "Figma"], ["After Effects"], true, 37_000;
    "CNC-operatör", "CNC operator", "Industriell tillverkning", ["CNC", "Ritningsläsning"], ["Mastercam"], false, 33_000;
    "Svetsare", "Welder", "Industriell tillverkning", ["TIG", "MIG/MAG"], ["Svetsprövning"], false, 33_000;
    "Underhållstekniker", "Maintenance technician", "Industriell tillverkning", ["Hydraulik", "PLC"], ["Robotar"], false, 36_000;
}

/// A town and where it lies.
#[derive(Clone, Copy)]
pub(crate) struct Town {
    pub(crate) municipality: &'static str,
    pub(crate) region: &'static str,
    pub(crate) country: &'static str,
    pub(crate) country_name: &'static str,
}

macro_rules! towns {
    ($($municipality:literal, $region:literal, $country:literal, $name:literal;)*) => {
        pub(crate) static TOWNS: &[Town] = &[$(Town {
            municipality: $municipality, region: $region, country: $country, country_name: $name,
        }),*];
    };
}

towns! {
    "Stockholm", "Stockholms län", "SE", "Sverige"; "Göteborg", "Västra Götalands län", "SE", "Sverige";
    "London", "England", "GB", "United Kingdom"; "Malmö", "Skåne län", "SE", "Sverige";
    "Umeå", "Västerbottens län", "SE", "Sverige"; "Berlin", "Berlin", "DE", "Germany";
    "Uppsala", "Uppsala län", "SE", "Sverige"; "Luleå", "Norrbottens län", "SE", "Sverige";
    "Oslo", "Oslo", "NO", "Norway"; "Linköping", "Östergötlands län", "SE", "Sverige";
    "Örebro", "Örebro län", "SE", "Sverige"; "Amsterdam", "Noord-Holland", "NL", "Netherlands";
    "Jönköping", "Jönköpings län", "SE", "Sverige"; "Sundsvall", "Västernorrlands län", "SE", "Sverige";
    "Copenhagen", "Hovedstaden", "DK", "Denmark"; "Växjö", "Kronobergs län", "SE", "Sverige";
    "Östersund", "Jämtlands län", "SE", "Sverige"; "Helsinki", "Uusimaa", "FI", "Finland";
    "Karlstad", "Värmlands län", "SE", "Sverige"; "Visby", "Gotlands län", "SE", "Sverige";
    "Dublin", "Leinster", "IE", "Ireland"; "Västerås", "Västmanlands län", "SE", "Sverige";
    "Kalmar", "Kalmar län", "SE", "Sverige"; "Manchester", "England", "GB", "United Kingdom";
    "Gävle", "Gävleborgs län", "SE", "Sverige"; "Falun", "Dalarnas län", "SE", "Sverige";
    "Munich", "Bavaria", "DE", "Germany"; "Halmstad", "Hallands län", "SE", "Sverige";
    "Kiruna", "Norrbottens län", "SE", "Sverige"; "Paris", "Île-de-France", "FR", "France";
    "Eskilstuna", "Södermanlands län", "SE", "Sverige";
}

/// Invented employers.
pub(crate) static COMPANIES: &[&str] = &[
    "Påhittade Verken",
    "Norrskensfabriken",
    "Blåbärsgruppen",
    "Tallkottens Teknik",
    "Fantasifylke",
    "Sagobolaget",
    "Exempelvård Nord",
    "Lingonlandet",
    "Drömfönster",
    "Myrstackens Bygg",
    "Öppna Ögat",
    "Kvistens Transport",
    "Makebelieve Labs",
    "Paper Lantern Works",
    "Nowhere & Sons",
    "Imaginary Harbour",
    "Placeholder Partners",
    "Tin Whistle",
    "Sandcastle Systems",
    "Moonbeam Foods",
    "Velvet Anchor",
    "Daydream Logistics",
    "Cloudberry Care",
];

/// Openings, Swedish: the work, the town.
pub(crate) static OPENINGS_SV: &[&str] = &[
    "Vi söker en {work} till vårt team i {town}.",
    "Trivs du med att ta ansvar? Nu behöver vi en {work} i {town}.",
    "Vår verksamhet i {town} växer, och därför söker vi en {work}.",
    "Vill du göra skillnad varje dag? Bli vår nya {work} i {town}.",
];

/// What the days hold, Swedish.
pub(crate) static DUTIES_SV: &[&str] = &[
    "Du arbetar nära kollegor och kunder, planerar din egen dag och följer upp resultatet.",
    "Arbetet är omväxlande: du löser problem, dokumenterar det du gör och hjälper nya kollegor till rätta.",
    "Du ingår i en grupp på åtta personer som delar på jouren och lär av varandra.",
    "Tjänsten innebär både självständigt arbete och många kontakter i och utanför huset.",
];

/// Openings, English.
pub(crate) static OPENINGS_EN: &[&str] = &[
    "We are looking for a {work} to join our team in {town}.",
    "Do you like to take charge? We need a {work} in {town}.",
    "Our office in {town} is growing, so we are hiring a {work}.",
    "Make a difference every day: become our new {work} in {town}.",
];

/// What the days hold, English.
pub(crate) static DUTIES_EN: &[&str] = &[
    "You work closely with colleagues and customers, plan your own day and follow up on the result.",
    "The work is varied: you solve problems, write down what you did and help new colleagues find their feet.",
    "You are one of a group of eight who share the rota and learn from each other.",
    "The role combines independent work with many contacts inside and outside the house.",
];
