//! The solvers against values computed by other tools.

use super::*;

/// Components of which `up` are needed: a birth-death chain by number of failures, rates per hour.
struct Group {
    total: u32,
    needed: u32,
    fail: f64,
    repair: fn(u32) -> f64,
    /// Whether losing more than the group can spare is the end, as it is for data.
    final_loss: bool,
}

impl Group {
    fn chain(&self) -> Chain {
        let lost = self.total - self.needed + 1;
        let last = if self.final_loss { lost } else { self.total };
        let mut rows = Chain::builder();
        for failed in 0..=last {
            let ended = self.final_loss && failed == lost;
            let fails = (failed < last).then(|| (failed + 1, (self.total - failed) as f64 * self.fail));
            let repaired = (failed > 0 && !ended).then(|| (failed - 1, (self.repair)(failed)));
            rows.push(fails.into_iter().chain(repaired)).expect("rates are positive");
        }
        rows.finish([(0, 1.0)]).expect("state 0 exists")
    }

    fn down(&self) -> StateSet {
        StateSet::from_fn(self.chain().states(), |failed| failed > self.total - self.needed)
    }
}

fn k_of_n(total: u32, needed: u32, fail: f64, repair: fn(u32) -> f64) -> Group {
    Group { total, needed, fail, repair, final_loss: false }
}

fn stripe(total: u32, needed: u32, fail: f64, repair: fn(u32) -> f64) -> Group {
    Group { total, needed, fail, repair, final_loss: true }
}

#[track_caller]
fn near(found: f64, exact: f64, relative: f64) {
    assert!((found / exact - 1.0).abs() < relative, "found {found:e}, exact {exact:e}");
}

/// Storm 1.14, exact: stationary unavailability and mean time to the first failure in hours.
#[test]
fn limits_of_k_of_n_groups_are_storms_exact_values() {
    for (group, unavailability, mttf) in [
        (k_of_n(2, 1, 1.0 / 100.0, |_| 0.1), 1.639_344_262_295_082e-2, 650.0),
        (k_of_n(3, 2, 1e-3, |_| 0.25), 9.523_203_671_479_573e-5, 42_500.0),
        (k_of_n(3, 2, 1e-3, |i| 0.25 * i as f64), 4.749_181_556_657_768e-5, 42_500.0),
        (k_of_n(4, 1, 1.0 / 3000.0, |i| i as f64), 1.232_923_181_527_739_4e-14, 2.027_926_725_625e13),
        (
            k_of_n(5, 3, 1.0 / 2000.0, |i| 0.5 * i.min(2) as f64),
            1.494_015_708_865_924_6e-8,
            201_304_700.0 / 3.0,
        ),
        (k_of_n(10, 8, 1e-4, |i| i.min(2) as f64 / 24.0), 2.449_933_709_266_959e-6, 4.987_929_012_345_679e6),
    ] {
        let chain = group.chain();
        let steady = steady_state(&chain).unwrap();
        let down = group.down();
        near(steady.mean(|s| f64::from(u8::from(down.contains(s)))), unavailability, 1e-14);
        near(mean_time_to(&chain, &down).unwrap(), mttf, 1e-14);
    }
}

/// Storm 1.14, exact: mean time to data loss in hours.
#[test]
fn mean_times_to_data_loss_are_storms_exact_values() {
    for (group, mttdl) in [
        (stripe(3, 1, 1.0 / 50_000.0, |i| 0.1 * i as f64), 416_958_425_000.0),
        (stripe(9, 6, 1.0 / 400_000.0, |_| 1.0 / 12.0), 4.901_284_299_649_961e15),
        (stripe(9, 6, 1.0 / 400_000.0, |i| i as f64 / 12.0), 2.940_417_562_925_999e16),
    ] {
        near(mean_time_to(&group.chain(), &group.down()).unwrap(), mttdl, 1e-14);
    }
}

/// Storm 1.14, uniformization in double precision, which differs from an independent computation by up to 1.5e-12.
#[test]
fn probabilities_of_a_first_failure_are_storms() {
    for (group, hours, probability) in [
        (k_of_n(2, 1, 1.0 / 100.0, |_| 0.1), 100.0, 0.133_691_493_526_125_44),
        (k_of_n(3, 2, 1e-3, |_| 0.25), 8760.0, 0.186_203_037_576_189_25),
        (k_of_n(4, 1, 1.0 / 3000.0, |i| i as f64), 8760.0, 4.318_779_033_375_109_4e-10),
        (k_of_n(5, 3, 1.0 / 2000.0, |i| 0.5 * i.min(2) as f64), 8760.0, 1.304_952_620_386_908_8e-4),
        (k_of_n(10, 8, 1e-4, |i| i.min(2) as f64 / 24.0), 8760.0, 1.747_594_676_783_139_2e-3),
        (stripe(3, 1, 1.0 / 50_000.0, |i| 0.1 * i as f64), 8760.0, 2.097_332_463_963_825e-8),
        (stripe(9, 6, 1.0 / 400_000.0, |_| 1.0 / 12.0), 8760.0, 1.779_941_637_427_831_8e-12),
        (stripe(9, 6, 1.0 / 400_000.0, |_| 1.0 / 12.0), 87_600.0, 1.786_552_149_347_882_3e-11),
        (stripe(9, 6, 1.0 / 400_000.0, |i| i as f64 / 12.0), 8760.0, 2.971_687_331_160_382e-13),
        (stripe(9, 6, 1.0 / 400_000.0, |i| i as f64 / 12.0), 87_600.0, 2.978_420_572_782_960_5e-12),
    ] {
        let chain = group.chain();
        let transient = Transient::new(&chain, Budget::default());
        near(transient.probability_by(&group.down(), hours).unwrap(), probability, 3e-12);
    }
}

/// Storm 1.14, uniformization in double precision.
#[test]
fn point_unavailabilities_and_expected_downtimes_are_storms() {
    for (group, hours, probability) in [
        (k_of_n(2, 1, 1.0 / 100.0, |_| 0.1), 20.0, 0.010_357_332_952_383_351),
        (k_of_n(3, 2, 1e-3, |_| 0.25), 10.0, 6.782_579_918_614_772e-5),
        (k_of_n(3, 2, 1e-3, |i| 0.25 * i as f64), 10.0, 4.009_499_982_432_67e-5),
        (k_of_n(10, 8, 1e-4, |i| i.min(2) as f64 / 24.0), 48.0, 1.438_285_045_997_035_8e-6),
    ] {
        let chain = group.chain();
        let transient = Transient::new(&chain, Budget::default());
        near(transient.probability_at(&group.down(), hours).unwrap(), probability, 1e-13);
    }
    for (group, hours, downtime) in [
        (k_of_n(2, 1, 1.0 / 100.0, |_| 0.1), 1000.0, 16.084_385_917_764_052),
        (k_of_n(3, 2, 1e-3, |_| 0.25), 100.0, 0.008_759_872_323_733_323),
    ] {
        let chain = group.chain();
        let transient = Transient::new(&chain, Budget::default());
        near(transient.time_in(&group.down(), 0.0, hours).unwrap(), downtime, 1e-13);
    }
}

#[test]
fn the_distribution_at_a_late_time_is_the_limit() {
    let group = k_of_n(10, 8, 1e-4, |i| i.min(2) as f64 / 24.0);
    let chain = group.chain();
    let late = Transient::new(&chain, Budget::default()).distribution(1e7).unwrap();
    for (a, b) in late.iter().zip(&steady_state(&chain).unwrap().distribution) {
        near(*a, *b, 1e-12);
    }
}

#[test]
fn time_spent_is_the_integral_of_the_probability() {
    let group = k_of_n(5, 3, 0.05, |i| 0.5 * i.min(2) as f64);
    let chain = group.chain();
    let transient = Transient::new(&chain, Budget::default());
    let down = group.down();
    let (from, to, intervals) = (0.5, 9.5, 180);
    let width = (to - from) / intervals as f64;
    // Simpson's rule, whose error with this width is about 1e-9 of the result.
    let mut sum = 0.0;
    for i in 0..=intervals {
        let weight = if i == 0 || i == intervals { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
        sum += weight * transient.probability_at(&down, from + width * i as f64).unwrap();
    }
    near(transient.time_in(&down, from, to).unwrap(), sum * width / 3.0, 1e-8);
}

#[test]
fn times_and_rewards_that_make_no_sense_are_refused() {
    let chain = k_of_n(2, 1, 0.1, |_| 1.0).chain();
    let transient = Transient::new(&chain, Budget::default());
    assert!(matches!(transient.distribution(-1.0), Err(ChainError::BadTime { .. })));
    assert!(matches!(transient.distribution(f64::NAN), Err(ChainError::BadTime { .. })));
    assert!(matches!(transient.reward_over(&[0.0; 3], 2.0, 1.0), Err(ChainError::BadTime { .. })));
    assert!(matches!(transient.reward_at(&[0.0; 2], 1.0), Err(ChainError::WrongLength { .. })));
    assert!(matches!(
        transient.reward_at(&[0.0, -1.0, 0.0], 1.0),
        Err(ChainError::BadNumber { state: 1, .. })
    ));
    assert_eq!(transient.distribution(0.0), Ok(vec![1.0, 0.0, 0.0]));
}

#[test]
fn independent_components_are_right_in_every_state_at_every_time() {
    // Two groups of 24, their repairs a factor of sixty apart; a component is down at t with probability
    // f / (f + r) (1 - exp(-(f + r) t)), and the number down is binomial.
    let (n, groups) = (24u32, [(1e-4, 0.05), (1e-3, 3.0)]);
    let mut rows = Chain::builder();
    for s in 0..(n + 1) * (n + 1) {
        let (i, j) = (s / (n + 1), s % (n + 1));
        let mut row = Vec::new();
        for (count, step, (fail, repair)) in [(i, n + 1, groups[0]), (j, 1, groups[1])] {
            if count < n {
                row.push((s + step, (n - count) as f64 * fail));
            }
            if count > 0 {
                row.push((s - step, count as f64 * repair));
            }
        }
        rows.push(row).unwrap();
    }
    let chain = rows.finish([(0, 1.0)]).unwrap();
    let transient = Transient::new(&chain, Budget::default());
    for time in [1e-3, 1.0, 40.0, 5e3] {
        let binomial = |(fail, repair): (f64, f64)| {
            let rate = fail + repair;
            let down = fail / rate * -crate::random::math::exp_m1(-rate * time);
            let mut p = vec![crate::random::math::pow(1.0 - down, n as f64)];
            for k in 0..n {
                p.push(p[k as usize] * (n - k) as f64 / (k + 1) as f64 * (down / (1.0 - down)));
            }
            p
        };
        let (p, q) = (binomial(groups[0]), binomial(groups[1]));
        for (s, &found) in transient.distribution(time).unwrap().iter().enumerate() {
            let exact = p[s / (n + 1) as usize] * q[s % (n + 1) as usize];
            if exact > 1e-180 {
                near(found, exact, 1e-12);
            }
        }
    }
}
