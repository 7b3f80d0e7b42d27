//! The calls about how things stand: a list of places, a number of people, how many places there are. No rule lives here.

use model::wire::{self, location_in, required, within};
use proto::opvang::v1::*;
use service::call;
use tonic::{Request, Status};

use super::messages::{capacity_in, count_in, settings_in};
use super::{Api, receipt};
use crate::Answer;
use crate::domain::{Command, MOST_PEOPLE};

impl Api {
    pub(super) async fn bulk_set(&self, request: Request<BulkSetRequest>) -> Result<BulkSetResponse, Status> {
        let parse = |it: BulkSetRequest| {
            Ok(Command::BulkSet { location: location_in(&it.location_id)?, settings: settings_in(&it.settings)? })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(BulkSetResponse { receipt })
    }

    pub(super) async fn count_people(
        &self,
        request: Request<CountPeopleRequest>,
    ) -> Result<CountPeopleResponse, Status> {
        let parse = |it: CountPeopleRequest| {
            Ok(Command::CountPeople { location: location_in(&it.location_id)?, count: count_in(it.count)? })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(CountPeopleResponse { receipt })
    }

    pub(super) async fn set_capacity(
        &self,
        request: Request<SetCapacityRequest>,
    ) -> Result<SetCapacityResponse, Status> {
        let parse = |it: SetCapacityRequest| {
            let capacity = capacity_in(it.funded, it.unavailable)?;
            Ok(Command::SetCapacity { location: location_in(&it.location_id)?, capacity })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(SetCapacityResponse { receipt })
    }

    pub(super) async fn record_stand(
        &self,
        request: Request<RecordStandRequest>,
    ) -> Result<RecordStandResponse, Status> {
        let parse = |it: RecordStandRequest| {
            let location = location_in(&it.location_id)?;
            let as_of = wire::time_in("as_of", &required("as_of", it.as_of)?)?;
            let capacity = capacity_in(it.funded, it.unavailable)?;
            Ok(Command::RecordStand {
                location,
                as_of,
                capacity,
                occupied: within("occupied", it.occupied, 0..=MOST_PEOPLE)?,
            })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Stand { changed } => Ok(RecordStandResponse { changed }),
            _ => Err(call::no_such_answer()),
        }
    }
}
