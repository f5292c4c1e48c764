//! Dates of expiry: each is met in time, or takes down what uses the certificate until somebody renews it.

use std::sync::Arc;

use super::model::{Event, SystemModel};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::Name;

impl SystemModel {
    fn expiry_clock(&self, certificate: u32) -> Clock {
        self.plan.blocks.certificates.clock(2 * certificate)
    }

    fn renewal_clock(&self, certificate: u32) -> Clock {
        self.plan.blocks.certificates.clock(2 * certificate + 1)
    }

    /// Two clocks and a source for each certificate.
    pub(super) fn certificate_clocks(&self, clocks: &mut Clocks) {
        for certificate in &self.plan.certificates {
            let name = Name::new("certificate").child(&certificate.name);
            clocks.clock(name.child("expires"), Class::Control);
            clocks.clock(name.child("renewed"), Class::Restoration);
            clocks.source(name.child("forgotten"));
        }
    }

    /// What people call one of the clocks, by its number among them.
    pub(super) fn certificate_label(&self, number: u32) -> String {
        let what = if number.is_multiple_of(2) { "expiry" } else { "renewal" };
        format!("the {what} of the certificate `{}`", self.plan.certificates[number as usize / 2].name)
    }

    pub(super) fn start_certificates(&mut self, cx: &mut Context<Event>) {
        for (number, certificate) in (0..).zip(&self.plan.certificates) {
            cx.set(self.expiry_clock(number), &certificate.first, Event::Expires(number));
        }
    }

    /// The date has come. One that is out of date already does not expire once more.
    pub(super) fn expires(&mut self, certificate: u32, cx: &mut Context<Event>) {
        let plan = Arc::clone(&self.plan);
        let this = &plan.certificates[certificate as usize];
        cx.set(self.expiry_clock(certificate), &this.valid, Event::Expires(certificate));
        let source = plan.blocks.certificates.source(certificate);
        if self.expired[certificate as usize] || this.forgotten == 0.0 || !cx.chance(source, this.forgotten) {
            return;
        }
        self.expired[certificate as usize] = true;
        cx.set(self.renewal_clock(certificate), &this.renewed, Event::Renewed(certificate));
        for &component in &this.components {
            self.component_loses(component, plan.service_of(&plan.components[component as usize]));
        }
    }

    pub(super) fn renewed(&mut self, certificate: u32) {
        let plan = Arc::clone(&self.plan);
        let this = &plan.certificates[certificate as usize];
        self.effect.cause = this.cause;
        self.expired[certificate as usize] = false;
        for &component in &this.components {
            self.component_gains(component, plan.service_of(&plan.components[component as usize]));
        }
    }

    /// Classes of the certificates that keep a component down right now.
    pub(super) fn certificate_causes(&self, component: u32, causes: &mut Vec<u32>) {
        let out = self.plan.certificates.iter().zip(&self.expired).filter(|(_, expired)| **expired);
        let uses = out.filter(|(plan, _)| plan.components.binary_search(&component).is_ok());
        causes.extend(uses.map(|(plan, _)| plan.cause));
    }
}
