//! Every flag in both its forms, and every wrong value with its one line

use std::time::Duration;

use super::*;

fn parsed(argv: &[&str], env: &[(&str, &str)]) -> Result<Command, ArgsError> {
    let argv = std::iter::once("healing-operator").chain(argv.iter().copied()).map(OsString::from);
    let env = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
    parse("healing-operator", "1.2.3", argv, env)
}

fn run(argv: &[&str], env: &[(&str, &str)]) -> RunArgs {
    match parsed(argv, env) {
        Ok(Command::Run(args)) => *args,
        other => panic!("{argv:?} {env:?} gave {other:?}"),
    }
}

fn one(ip: impl Into<std::net::IpAddr>, port: u16) -> BindAddress {
    BindAddress::One { ip: ip.into(), port }
}

#[test]
fn nothing_said_is_run_with_the_documented_defaults() {
    let expected = RunArgs {
        metrics_bind_address: None,
        health_probe_bind_address: None,
        webhook: WebhookArgs::default(),
        sandbox: false,
        demo: false,
        kubeconfig: None,
        context: None,
        namespaces: BTreeSet::new(),
        concurrency: 4,
        log_format: LogFormat::Text,
        log_level: None,
        election: None,
        instance: None,
        kube_overrides: Vec::new(),
    };
    assert_eq!(run(&[], &[]), expected);
    assert_eq!(run(&["run"], &[]), expected);
    let blank: Vec<_> = ENVIRONMENT.iter().map(|(_, variable)| (*variable, "")).collect();
    assert_eq!(run(&[], &blank), expected, "an empty variable is not set");
}

#[test]
fn flags_are_read_with_and_without_the_word_run() {
    let flags = [
        "--metrics-bind-address",
        ":9090",
        "--health-probe-bind-address=127.0.0.1:0",
        "--webhook-bind-address=:9443",
        "--webhook-cert-path=/certs",
        "--webhook-service=service",
        "--webhook-certificate=secret",
        "--webhook-configuration=configuration",
        "--leader-elect=false",
        "--kubeconfig=/tmp/config",
        "--context",
        "kind",
        "--namespace=b,a",
        "--namespace",
        "c",
        "--concurrency=1",
        "--log-format=json",
        "--log-level=debug",
    ];
    let expected = RunArgs {
        metrics_bind_address: Some(BindAddress::everywhere(9090)),
        health_probe_bind_address: Some(one([127, 0, 0, 1], 0)),
        webhook: WebhookArgs {
            bind_address: BindAddress::everywhere(9443),
            cert_path: Some("/certs".into()),
            service: Some("service".to_owned()),
            secret: Some("secret".to_owned()),
            configuration: Some("configuration".to_owned()),
        },
        kubeconfig: Some("/tmp/config".into()),
        context: Some("kind".to_owned()),
        namespaces: ["a", "b", "c"].map(str::to_owned).into(),
        concurrency: 1,
        log_format: LogFormat::Json,
        log_level: Some(LogLevel::Debug),
        ..run(&[], &[])
    };
    assert_eq!(run(&flags, &[]), expected);
    let with_verb: Vec<_> = std::iter::once("run").chain(flags).collect();
    assert_eq!(run(&with_verb, &[]), expected);
}

#[test]
fn variables_are_read_and_flags_win() {
    let env = [
        ("METRICS_BIND_ADDRESS", "0"),
        ("HEALTH_PROBE_BIND_ADDRESS", "[::1]:81"),
        ("WEBHOOK_BIND_ADDRESS", "[::1]:82"),
        ("WEBHOOK_CERT_PATH", "/c"),
        ("WEBHOOK_SERVICE", "s"),
        ("LEADER_ELECT", "false"),
        ("KUBECONFIG", "/a:/b"),
        ("KUBE_CONTEXT", "kind"),
        ("NAMESPACE", "a,b"),
        ("CONCURRENCY", "7"),
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "warn"),
        ("HOSTNAME", "host"),
        ("POD_NAME", "pod"),
        ("KUBE_RS_DEBUG_OVERRIDE_URL", "http://x"),
    ];
    let expected = RunArgs {
        metrics_bind_address: Some(BindAddress::Off),
        health_probe_bind_address: Some(one([0, 0, 0, 0, 0, 0, 0, 1], 81)),
        webhook: WebhookArgs {
            bind_address: one([0, 0, 0, 0, 0, 0, 0, 1], 82),
            cert_path: Some("/c".into()),
            service: Some("s".to_owned()),
            ..WebhookArgs::default()
        },
        sandbox: false,
        demo: false,
        kubeconfig: None,
        context: Some("kind".to_owned()),
        namespaces: ["a", "b"].map(str::to_owned).into(),
        concurrency: 7,
        log_format: LogFormat::Json,
        log_level: Some(LogLevel::Warn),
        election: None,
        instance: Some("pod".to_owned()),
        kube_overrides: vec!["KUBE_RS_DEBUG_OVERRIDE_URL"],
    };
    assert_eq!(run(&[], &env), expected);
    let flags = ["--metrics-bind-address=:1", "--namespace=c", "--concurrency=2", "--log-format=text"];
    assert_eq!(
        run(&flags, &env),
        RunArgs {
            metrics_bind_address: Some(BindAddress::everywhere(1)),
            namespaces: ["c".to_owned()].into(),
            concurrency: 2,
            log_format: LogFormat::Text,
            ..expected
        }
    );
}

#[test]
fn a_sandbox_listens_on_this_machine_alone_and_leaves_the_telling_to_the_feed() {
    let loopback = one([127, 0, 0, 1], 0);
    assert_eq!(run(&[], &[]).addresses(true), [loopback; 2]);
    assert_eq!(run(&[], &[]).addresses(false), [8080, 8081].map(BindAddress::everywhere));
    assert_eq!(run(&["--metrics-bind-address=:1"], &[]).addresses(true)[0], BindAddress::everywhere(1));
    let level = |flags: &[&str], on_sandbox| run(flags, &[]).log(on_sandbox).level;
    assert_eq!((level(&[], true), level(&[], false)), (LogLevel::Warn, LogLevel::Info));
    assert_eq!(level(&["--log-level=debug"], true), LogLevel::Debug);
    let demo = run(&["--demo"], &[]);
    assert!(demo.demo && demo.sandbox, "the tour is on the sandbox");
    assert!(run(&[], &[("SANDBOX", "true")]).sandbox);
    for flags in [["--sandbox", "--kubeconfig=x"], ["--demo", "--context=x"]] {
        assert!(matches!(parsed(&flags, &[]), Err(ArgsError::Wrong(_))), "{flags:?}");
    }
}

#[test]
fn the_other_commands() {
    let image = |image: &str| Offline::Manifests { image: image.to_owned(), namespaces: BTreeSet::new() };
    let narrow = BTreeSet::from(["blog".to_owned(), "shop".to_owned()]);
    let narrow = Offline::Rbac { namespaces: narrow };
    for (argv, offline) in [
        (&["crd"] as &[&str], Offline::Crd),
        (&["rbac"], Offline::Rbac { namespaces: BTreeSet::new() }),
        (&["rbac", "--namespace=shop,blog"], narrow),
        (&["manifests"], image("healing-operator:1.2.3")),
        (&["manifests", "--image=registry/x:1"], image("registry/x:1")),
        (&["describe"], Offline::Describe),
    ] {
        let command = Ok(Command::Offline(offline));
        assert_eq!(parsed(argv, &[]), command);
        let env = [("CONCURRENCY", "many"), ("LEADER_ELECT", "true"), ("NAMESPACE", "other")];
        assert_eq!(parsed(argv, &env), command, "what only `run` reads does not disturb {argv:?}");
    }
}

fn elected(argv: &[&str], env: &[(&str, &str)]) -> Option<Settings> {
    run(argv, env).election
}

#[test]
fn an_election_has_a_lease_and_durations() {
    let usual = Settings { namespace: "ops".into(), name: String::new(), timing: Timing::default() };
    let of_pod = [("LEADER_ELECT", "true"), ("POD_NAMESPACE", "ops")];
    assert_eq!(elected(&[], &of_pod), Some(usual.clone()));
    assert_eq!(elected(&["--leader-elect=false"], &of_pod), None, "a flag wins");
    assert_eq!(elected(&["--sandbox"], &of_pod), None, "a sandbox is nobody else's");
    let named = ["--leader-elect", "--leader-election-namespace=a", "--leader-election-id=x.y"];
    let named_so = Settings { namespace: "a".into(), name: "x.y".into(), ..usual.clone() };
    assert_eq!(elected(&named, &of_pod), Some(named_so));
    let secs = Duration::from_secs;
    let timing = Timing { lease: secs(60), renew_deadline: secs(40), retry: Duration::from_millis(500) };
    for argv in [
        [
            "--leader-election-lease-duration=1m",
            "--leader-election-renew-deadline=40",
            "--leader-election-retry-period=500ms",
        ],
        [
            "--leader-elect-lease-duration=60s",
            "--leader-elect-renew-deadline=40s",
            "--leader-elect-retry-period=500ms",
        ],
    ] {
        assert_eq!(elected(&argv, &of_pod), Some(Settings { timing, ..usual.clone() }));
    }
}

#[test]
fn outside_of_a_pod_an_election_needs_a_namespace() {
    let mut args = run(&["--leader-elect"], &[]);
    let error = args.complete_election(|| "op.example.com".into()).expect_err("this is no pod");
    assert_eq!(
        error.to_string(),
        "leader election needs a namespace for its lease, and this is no pod in a cluster; \
         give '--leader-election-namespace'"
    );
    let mut args = run(&["--leader-elect", "--leader-election-namespace=ops"], &[]);
    assert_eq!(args.complete_election(|| "op.example.com".into()), Ok(()));
    assert_eq!(args.election.map(|settings| settings.name), Some("op.example.com".into()));
    assert_eq!(run(&[], &[]).complete_election(|| panic!("nobody asks")), Ok(()));
}

/// Command line, variables, what standard error says
type Wrong = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str);

const WRONG: &[Wrong] = &[
    (
        &["--leader-elect", "--leader-election-renew-deadline=15s"],
        &[],
        "the lease duration must be longer than the renew deadline; see '--leader-election-lease-duration', \
         '--leader-election-renew-deadline' and '--leader-election-retry-period'",
    ),
    (
        &[],
        &[("LEADER_ELECTION_RETRY_PERIOD", "9s")],
        "the renew deadline must be longer than 1.2 times the retry period; \
         see '--leader-election-lease-duration', \
         '--leader-election-renew-deadline' and '--leader-election-retry-period'",
    ),
    (
        &["--leader-election-lease-duration=soon"],
        &[],
        "invalid value 'soon' for '--leader-election-lease-duration <DURATION>': \
         not a duration such as '15s', '1m' or '500ms'; try '--help'",
    ),
    (
        &["--leader-election-id=My_Lease"],
        &[],
        "invalid value 'My_Lease' for '--leader-election-id <NAME>': \
         not a DNS subdomain, such as 'healing-operator.example.com'; try '--help'",
    ),
    (
        &["--leader-elect=maybe"],
        &[],
        "invalid value 'maybe' for '--leader-elect[=<BOOL>]': value was not a boolean; try '--help'",
    ),
    (
        &["--metrics-bind-address", "8080"],
        &[],
        "invalid value '8080' for '--metrics-bind-address <ADDRESS>': no port; write ':8080', \
         '127.0.0.1:8080', or '0' to switch the server off; try '--help'",
    ),
    (
        &["--health-probe-bind-address=:99999"],
        &[],
        "invalid value ':99999' for '--health-probe-bind-address <ADDRESS>': \
         the port must be a number from 0 to 65535; try '--help'",
    ),
    (
        &[],
        &[("METRICS_BIND_ADDRESS", "a:b:1")],
        "invalid value 'a:b:1' for 'METRICS_BIND_ADDRESS' in the environment: the host must be an IP address, \
         in brackets if it is IPv6, 'localhost', or empty for every interface; try '--help'",
    ),
    (
        &["--concurrency=0"],
        &[],
        "invalid value '0' for '--concurrency <NUMBER>': 0 is not in 1..=1000; try '--help'",
    ),
    (
        &["--concurrency", "-1"],
        &[],
        "invalid value '-1' for '--concurrency <NUMBER>': -1 is not in 1..=1000; try '--help'",
    ),
    (
        &[],
        &[("CONCURRENCY", "many")],
        "invalid value 'many' for 'CONCURRENCY' in the environment: invalid digit found in string; try '--help'",
    ),
    (
        &["--namespace=Team_A"],
        &[],
        "invalid value 'Team_A' for '--namespace <NAME>': a namespace has 1 to 63 of a-z, 0-9 and '-', \
         and begins and ends with a letter or digit; try '--help'",
    ),
    (
        &[],
        &[("NAMESPACE", "a,,b")],
        "invalid value '' for 'NAMESPACE' in the environment: a namespace has 1 to 63 of a-z, 0-9 and '-', \
         and begins and ends with a letter or digit; try '--help'",
    ),
    (
        &["--log-format=xml"],
        &[],
        "invalid value 'xml' for '--log-format <FORMAT>' [possible values: text, json]; try '--help'",
    ),
    (
        &[],
        &[("LOG_LEVEL", "loud")],
        "invalid value 'loud' for 'LOG_LEVEL' in the environment \
         [possible values: error, warn, info, debug, trace]; try '--help'",
    ),
    (
        &["--metrics-addr", ":1"],
        &[],
        "unexpected argument '--metrics-addr' found; \
         tip: a similar argument exists: '--metrics-bind-address'; try '--help'",
    ),
    (
        &["--kubeconfig"],
        &[],
        "a value is required for '--kubeconfig <FILE>' but none was supplied; try '--help'",
    ),
    (
        &["manifest"],
        &[],
        "unrecognized subcommand 'manifest'; tip: a similar subcommand exists: 'manifests'; try '--help'",
    ),
    (
        &["--concurrency=2", "--concurrency=3"],
        &[],
        "the argument '--concurrency <NUMBER>' cannot be used multiple times; try '--help'",
    ),
];

#[test]
fn a_wrong_value_is_one_line() {
    for (argv, env, expected) in WRONG {
        let error = parsed(argv, env).expect_err("it is wrong");
        assert_eq!(error.to_string(), *expected, "{argv:?} {env:?}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
    assert_eq!(ArgsError::EXIT_CODE, 2);
}

#[test]
fn a_variable_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let env = |name: &str| (name == "LOG_LEVEL").then(|| OsString::from_vec(vec![0xff]));
    let error =
        parse("healing-operator", "1.2.3", ["healing-operator".into()], env).expect_err("it is wrong");
    assert_eq!(error.to_string(), "'LOG_LEVEL' in the environment is not UTF-8; try '--help'");
}

#[test]
fn help_names_every_variable_and_version_the_operator() {
    let Ok(Command::Print(help)) = parsed(&["--help"], &[]) else { panic!("no help") };
    let Ok(Command::Print(of_run)) = parsed(&["run", "--help"], &[]) else { panic!("no help") };
    for (flag, variable) in ENVIRONMENT {
        for text in [&help, &of_run] {
            assert!(text.contains(flag) && text.contains(&format!("[env: {variable}]")), "{flag}\n{text}");
        }
    }
    assert!(help.contains("Usage: healing-operator"), "{help}");
    assert_eq!(parsed(&["--version"], &[]), Ok(Command::Print("healing-operator 1.2.3\n".to_owned())));
}
