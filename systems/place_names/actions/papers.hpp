// The printed papers of the place-name system: 审批表, 标准地名批准书, 地名认证书, 地名登记表.
#pragma once

#include "place_names/actions/naming_routes.hpp"

namespace civitas::place_names {

void add_papers(const RouteParts& parts);

}  // namespace civitas::place_names
