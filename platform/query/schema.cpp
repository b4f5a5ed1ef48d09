#include "query/schema.hpp"

#include <algorithm>

namespace civitas::query {

FieldList::FieldList(std::vector<FieldInfo> fields) {
  for (auto& field : fields) add(std::move(field));
}
void FieldList::add(FieldInfo field) {
  std::string name = field.name;
  fields_.insert_or_assign(std::move(name), std::move(field));
}
const FieldInfo* FieldList::find(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? nullptr : &found->second;
}
std::vector<std::string> FieldList::names() const {
  std::vector<std::string> list;
  for (const auto& [name, field] : fields_) list.push_back(name);
  std::sort(list.begin(), list.end());
  return list;
}

Text type_name(Type type) {
  switch (type) {
    case Type::boolean: return {"真假", "true or false"};
    case Type::integer: return {"整数", "an integer"};
    case Type::number: return {"数", "a number"};
    case Type::text: return {"文本", "text"};
    case Type::date: return {"日期", "a date"};
    case Type::instant: return {"时间", "a time"};
    case Type::date_span: return {"约略日期", "an uncertain date"};
    case Type::interval: return {"时间区间", "an interval"};
    case Type::geometry: return {"几何", "a geometry"};
    case Type::json: return {"结构数据", "structured data"};
    case Type::text_list: return {"文本列表", "a list of texts"};
    case Type::id: return {"记录编号", "a reference"};
    case Type::rows: return {"子表", "child rows"};
    case Type::list: return {"列表", "a list"};
  }
  return {};
}

}  // namespace civitas::query
