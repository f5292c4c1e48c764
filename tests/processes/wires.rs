//! What becomes of messages under way.

use fivenines::engine::Simulator;
use fivenines::process::{Cluster, Fault, Id, Network, Transport, Wire, play};
use fivenines::units::{Duration, Instant, Span};

use super::talk::{Does, Play, Saw, cluster, fault, saw, wire};

/// One says a number, and the other hears it 10 ms later.
fn one_message(at: u64) -> Cluster<Play> {
    cluster(vec![vec![(at, Does::Send(1, vec![7]))], vec![]], wire(10.0))
}

fn heard(faults: Vec<fivenines::process::Planned>) -> Vec<(u64, Saw)> {
    saw(one_message(100), faults, 1)
}

#[test]
fn a_message_takes_its_time() {
    assert_eq!(heard(vec![]), [(110, Saw::Message(7))]);
}

#[test]
fn a_partition_takes_what_is_under_way_and_what_is_sent_meanwhile() {
    let sides = || Fault::partition(&[Id::new(0)], &[Id::new(1)]);
    assert_eq!(heard(vec![fault(sides(), 105, 50)]), []);
    assert_eq!(heard(vec![fault(sides(), 95, 10)]), []);
    // One that is over before the message arrives has not been in its way.
    assert_eq!(heard(vec![fault(sides(), 102, 5)]), [(110, Saw::Message(7))]);
    let deaf = |from, to| Fault::Cut { from: vec![Id::new(from)], to: vec![Id::new(to)], one_way: true };
    assert_eq!(heard(vec![fault(deaf(0, 1), 95, 50)]), []);
    assert_eq!(heard(vec![fault(deaf(1, 0), 95, 50)]), [(110, Saw::Message(7))]);
}

#[test]
fn what_was_sent_arrives_whatever_becomes_of_the_sender_and_only_if_the_receiver_is_up() {
    let crash = |of| Fault::Crash(Id::new(of));
    assert_eq!(heard(vec![fault(crash(0), 105, 500)]), [(110, Saw::Message(7))]);
    assert_eq!(heard(vec![fault(crash(1), 105, 20)]), [(125, Saw::Records(vec![], false))]);
    // A datagram does not know that its receiver is another than when it was sent.
    let back = [(108, Saw::Records(vec![], false)), (110, Saw::Message(7))];
    assert_eq!(heard(vec![fault(crash(1), 105, 3)]), back);
}

fn streaming(parts: Vec<Vec<(u64, Does)>>, wire: Wire) -> Cluster<Play> {
    let transport = Transport::Stream { resend: Duration::millis(20.0), gives_up: Duration::millis(100.0) };
    Cluster::new(Play(parts), &Network::flat(wire).transport(transport))
}

#[test]
fn a_stream_keeps_the_order_and_loses_nothing() {
    let numbers: Vec<u64> = (0..200).collect();
    let jumbled = Wire::new("exponential(mean 5ms)".parse().unwrap()).loses("20%".parse().unwrap());
    let part = || vec![vec![(1, Does::Send(1, numbers.clone()))], vec![]];
    let got = |saw: Vec<(u64, Saw)>| -> Vec<u64> {
        let number = |(_, saw)| if let Saw::Message(number) = saw { Some(number) } else { None };
        saw.into_iter().filter_map(number).collect()
    };
    assert_eq!(got(saw(streaming(part(), jumbled.clone()), vec![], 1)), numbers);
    // By datagrams some are lost, and those that are not come as they please.
    let loose = got(saw(cluster(part(), jumbled), vec![], 1));
    assert!(loose.len() < 200 && !loose.is_sorted(), "{loose:?}");
}

#[test]
fn a_stream_gets_through_a_short_partition_and_breaks_in_a_long_one() {
    let sides = || Fault::partition(&[Id::new(0)], &[Id::new(1)]);
    let part = || vec![vec![(100, Does::Send(1, vec![1])), (110, Does::Send(1, vec![2]))], vec![]];
    // Tried every 20 ms from 100 on; through at 140, and 10 ms later there.
    let short = saw(streaming(part(), wire(10.0)), vec![fault(sides(), 90, 40)], 1);
    assert_eq!(short, [(150, Saw::Message(1)), (150, Saw::Message(2))]);
    let long = |of| saw(streaming(part(), wire(10.0)), vec![fault(sides(), 90, 400)], of);
    assert_eq!(long(1), [(200, Saw::Disconnected(0))]);
    assert_eq!(long(0)[2..], [(200, Saw::Disconnected(1))]);
}

#[test]
fn a_stream_to_a_host_that_has_crashed_breaks() {
    let part = || vec![vec![(100, Does::Send(1, vec![1]))], vec![]];
    let crash = |lasts| vec![fault(Fault::Crash(Id::new(1)), 105, lasts)];
    // Back up before the message arrives: the connection is gone, and the sender is told so.
    assert_eq!(
        saw(streaming(part(), wire(10.0)), crash(2), 1),
        [(107, Saw::Records(vec![], false)), (110, Saw::Disconnected(0))][..1].to_vec()
    );
    assert_eq!(saw(streaming(part(), wire(10.0)), crash(2), 0)[1..], [(110, Saw::Disconnected(1))]);
    // Down for long: nothing answers, until the sender gives up.
    assert_eq!(saw(streaming(part(), wire(10.0)), crash(300), 0)[1..], [(210, Saw::Disconnected(1))]);
}

#[test]
fn a_wire_with_a_bandwidth_carries_one_message_after_the_other() {
    // 1,000 bytes at 1 MB/s hold it for a millisecond each.
    let part = || vec![vec![(100, Does::Send(1, (0..5).collect()))], vec![]];
    let narrow = wire(10.0).bandwidth("1 MB/s".parse().unwrap());
    let times = |wire| saw(cluster(part(), wire), vec![], 1).iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(times(narrow.clone()), [111, 112, 113, 114, 115]);
    // A switch with room for two milliseconds drops what would wait longer.
    assert_eq!(times(narrow.buffer(Duration::millis(2.0))), [111, 112, 113]);
}

#[test]
fn losses_and_doubles_come_as_often_as_said() {
    // 30,000 messages; of each share the standard deviation is below 0.003, and the thresholds are 5 of them: by chance they
    // would be missed once in two million seeds.
    let part = vec![vec![(1, Does::Send(1, (0..30_000).collect()))], vec![]];
    let wire = wire(1.0).loses("20%".parse().unwrap()).duplicates("30%".parse().unwrap());
    let mut simulator = Simulator::new(cluster(part, wire), 9);
    let end = Instant::START + Span::from_secs(1);
    let ((sent, lost), heard) = play(&mut simulator, 0, end, |cluster| {
        (cluster.messages(), cluster.process(Id::new(1)).unwrap().saw.len())
    });
    assert_eq!(sent, 30_000);
    let share = lost as f64 / 30_000.0;
    assert!((share - 0.2).abs() < 5.0 * (0.2f64 * 0.8 / 30_000.0).sqrt(), "{share}");
    // Of those that got through three in ten have a twin, which is lost as easily.
    let expected = 0.8 * (1.0 + 0.3 * 0.8);
    let got = heard as f64 / 30_000.0;
    assert!((got - expected).abs() < 0.015, "{got} {expected}");
}

#[test]
fn sites_are_as_far_apart_as_their_wires_say() {
    let parts = vec![
        vec![(100, Does::Send(1, vec![1])), (200, Does::Send(2, vec![2])), (300, Does::Send(3, vec![3]))],
        vec![],
        vec![(500, Does::Send(0, vec![4]))],
        vec![],
    ];
    let network =
        Network::new(wire(1.0), wire(40.0)).site("eu", 2).site("us", 1).wire("us", "eu", wire(55.0));
    let cluster = || Cluster::new(Play(parts.clone()), &network);
    assert_eq!(saw(cluster(), vec![], 1), [(101, Saw::Message(1))]);
    assert_eq!(saw(cluster(), vec![], 2)[0], (240, Saw::Message(2)));
    // Nobody said where the fourth is: somewhere else.
    assert_eq!(saw(cluster(), vec![], 3), [(340, Saw::Message(3))]);
    assert_eq!(saw(cluster(), vec![], 0)[3], (555, Saw::Message(4)));
}
