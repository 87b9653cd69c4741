//! Where the pipeline is that somebody names: in signoff's own account and region, or in another that the rules know.

use super::{Ask, Stop};
use crate::app::App;
use crate::command::parse::Place;
use crate::command::{Order, decide};
use crate::facts::RefusalFacts;
use crate::rules::command::{Target, Verb};
use crate::rules::words::list;

impl App {
    /// The order with the account and region of its pipeline. What was not said is found out where several could be meant, and of
    /// several pipelines of one name nobody's guess is taken.
    pub(super) async fn placed(&self, order: Order, place: &Place, ask: &Ask<'_>) -> Result<Order, Stop> {
        if order.verb == Verb::Approvals {
            return Ok(order);
        }
        let at = |target: Target| Order { target, ..order.clone() };
        let mut places = self.places(&order.target, place);
        if places.len() > 1 {
            let known = self.known(decide::groups_of_all(&self.rules, &ask.user.id), ask).await?;
            let may = |target: &&Target| decide::may(&self.rules, order.verb, target, &ask.user.id, &known.members);
            let mine: Vec<Target> = places.iter().filter(may).cloned().collect();
            // Who may do it nowhere is told so of the first.
            places = if mine.is_empty() { places.drain(..1).collect() } else { mine };
        }
        if let [only] = places.as_slice() {
            return Ok(at(only.clone()));
        }
        let mut found = Vec::new();
        for target in &places {
            match self.pipelines.state(&target.pipeline_ref()).await {
                Ok(Some(_)) => found.push(target),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "whether a pipeline is in another account can't be told");
                    let reason =
                        format!("Whether `{}` is {} was not said just now.", target.pipeline, self.there(target));
                    return Err(RefusalFacts::new(reason, "Say where it is: `in ACCOUNT REGION`.").into());
                }
            }
        }
        match found.as_slice() {
            [] => Ok(places.into_iter().next().map_or_else(|| order.clone(), at)),
            [only] => Ok(at((*only).clone())),
            several => {
                let example = several.last().map(|target| self.there(target)).unwrap_or_default();
                let several = list(several.iter().map(|target| self.there(target)), "and");
                let reason = format!("There are pipelines `{}` {several}.", order.target.pipeline);
                Err(RefusalFacts::new(reason, format!("Add which you mean, such as `{example}`.")).into())
            }
        }
    }

    /// Where it may be: signoff's own account first.
    fn places(&self, target: &Target, place: &Place) -> Vec<Target> {
        let (own_account, own_region) = (self.pipelines.own_account(), self.pipelines.own_region());
        let at = |account: Option<String>, region: String| Target { account, region, ..target.clone() };
        let is_wanted = |id: Option<&str>| place.account.is_none() || place.account.as_deref() == id;
        let mut places = Vec::new();
        if is_wanted(own_account.as_deref()) {
            places.push(at(own_account.clone(), place.region.clone().unwrap_or_else(|| own_region.clone())));
        }
        let others = self.rules.accounts.iter().filter(|account| Some(&account.id) != own_account.as_ref());
        for account in others.filter(|account| is_wanted(Some(&account.id))) {
            let regions = if account.regions.is_empty() { vec![own_region.clone()] } else { account.regions.clone() };
            match &place.region {
                Some(region) if place.account.is_some() || regions.contains(region) => {
                    places.push(at(Some(account.id.clone()), region.clone()));
                }
                Some(_) => {}
                None => places.extend(regions.into_iter().map(|region| at(Some(account.id.clone()), region))),
            }
        }
        if places.is_empty() {
            // An account that the rules do not know: it is refused as that.
            places.push(at(place.account.clone(), place.region.clone().unwrap_or(own_region)));
        }
        places
    }

    /// `in payments-prod eu-west-1`.
    fn there(&self, target: &Target) -> String {
        let account = self.rules.account_name(target.account.as_deref()).or_else(|| target.account.clone());
        let account = account.map(|account| format!("{account} ")).unwrap_or_default();
        format!("in {account}{}", target.region)
    }
}
