// Which city a data folder holds: its first start with a city's folder writes that down beside the database, so that no
// later command has to be told again, and none opens it as another city by mistake.
#pragma once

#include "app/configuration.hpp"

namespace civitas::app {

/// The folder of the city whose data these are; empty: not known, or none.
std::filesystem::path remembered_city(const std::filesystem::path& data);
/// Fails with 409 `app.city.other` when the configuration names another city than the data are of. A folder of the same
/// name is the same city: it was moved.
Status check_city(const Configuration& configuration);
/// Writes the city down, where there is one.
Status remember_city(const Configuration& configuration);

}  // namespace civitas::app
