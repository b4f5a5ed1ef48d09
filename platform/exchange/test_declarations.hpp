// For tests of the room: the declarations of a town whose places have a field of every kind, and rows that import.
#pragma once

#include <string>

namespace civitas::exchange {

inline constexpr const char* system_yaml = R"(
system: town
title: {zh: 城镇, en: Town}
roles:
  - {name: editor, title: {zh: 编辑, en: Editor}}
)";
inline constexpr const char* terms_yaml = R"(
terms: kind
title: {zh: 类别, en: Kind}
codes:
  - {code: "10", title: {zh: 街巷, en: Street}}
  - {code: "20", title: {zh: 桥梁, en: Bridge}}
  - {code: "31", title: {zh: 其他, en: Other}}
  - {code: "32", title: {zh: 其他, en: Other}}
)";
inline constexpr const char* division_yaml = R"(
entity: division
title: {zh: 政区, en: Division}
title_field: name
fields:
  - {name: code, type: text, title: {zh: 区划代码, en: Division code}, required: true, unique: true, pattern: "[0-9]{12}", max: 12}
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, max: 60}
  - {name: parent, type: ref, to: division, title: {zh: 上级, en: Parent}}
list: {columns: [code, name], filters: [code], sort: [code]}
access:
  - {role: editor, read: "TRUE", write: "TRUE", create: "TRUE"}
)";
inline constexpr const char* place_yaml = R"(
entity: place
title: {zh: 地名, en: Place}
title_field: name
fields:
  - {name: code, type: code, rule: "P{serial:6}", title: {zh: 地名代码, en: Code}, unique: true}
  - {name: key, type: text, title: {zh: 编号, en: Key}, unique: true, max: 40}
  - {name: name, type: text, title: {zh: 标准名称, en: Standard name}, required: true, max: 20, help: {zh: 不超过 20 字, en: At most 20 characters}}
  - {name: kind, type: term, of: kind, title: {zh: 类别, en: Kind}, required: true}
  - {name: division, type: ref, to: division, title: {zh: 所在政区, en: Division}}
  - {name: divisions, type: refs, to: division, title: {zh: 跨越政区, en: Divisions crossed}}
  - {name: length, type: decimal, title: {zh: 长度, en: Length}, min: 0}
  - {name: lanes, type: integer, title: {zh: 车道数, en: Lanes}, min: 0}
  - {name: open, type: boolean, title: {zh: 开放, en: Open}}
  - {name: approved_on, type: date, title: {zh: 批准日期, en: Approved on}}
  - {name: checked_at, type: instant, title: {zh: 核查时间, en: Checked at}}
  - {name: since, type: uncertain_date, title: {zh: 始建, en: Since}}
  - {name: origin, type: long_text, title: {zh: 来历, en: Origin}, max: 2000}
  - {name: spot, type: point, title: {zh: 位置, en: Spot}}
  - {name: course, type: line, title: {zh: 走向, en: Course}}
list: {columns: [code, name], filters: [code, name], sort: [code, name], map: spot}
access:
  - {role: editor, read: "TRUE", write: "TRUE", create: "TRUE", remove: "TRUE"}
)";

inline const std::string good_rows =
    "编号,标准名称*,类别,所在政区,跨越政区,长度,车道数,开放,批准日期,核查时间,始建,来历,经度,纬度,走向\r\n"
    "A1,中山大道,街巷,江汉区,江汉区；420111000000,1200.5,4,是,2024/5/1,2024-05-01 "
    "08:30,1927年以前,\"第一行\n第二行\",114.305,30.593,\"LINESTRING (114.3 30.59, 114.31 30.6)\"\r\n"
    "A2,=友谊路,10 街巷,420111,,,,否,2024年5月1日,,1949,,,,\r\n"
    "A3,长江大桥,20,420103001000 新村,,,6,,20240501,,,,114.28,30.55,\r\n";

}  // namespace civitas::exchange
