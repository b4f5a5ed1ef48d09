// What the typed records of a system's C++ are made of. The build writes `NAME/records.hpp` for a system from its
// declarations (records/record_header.hpp): a class for each record type, with a method for each field, and constants
// for fields, states, steps and codes. A misspelt one does not compile.
//
//   const records::NameApplication application(call.record);
//   if (application.kind() == terms::application_kind::cancel) return {};
//   call.change(records::NameApplication::Changes().filed_on(today));
//
// A view refers to the record's JSON and must not outlive it. What is absent reads as empty: a text "", a number, day
// or time nothing, a flag false, a reference without id, a list without items.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"

namespace civitas::plug {

/// A word out of a declared set: a code of a code list, a state, a step. Words of different sets do not compare, and
/// neither does a word with a text.
template <class Set>
class Code {
 public:
  constexpr Code() = default;  // none
  constexpr explicit Code(std::string_view text) : text_(text) {}
  constexpr operator std::string_view() const { return text_; }
  constexpr bool empty() const { return text_.empty(); }
  friend constexpr bool operator==(Code a, Code b) { return a.text_ == b.text_; }

 private:
  std::string_view text_;
};

/// The name of a field of `Record`, or of what every record carries.
template <class Record>
class FieldName {
 public:
  constexpr explicit FieldName(std::string_view name) : name_(name) {}
  constexpr operator std::string_view() const { return name_; }

 private:
  std::string_view name_;
};

/// One record that a field refers to.
class Reference {
 public:
  explicit Reference(const Json& value) : value_(&value) {}
  std::optional<std::int64_t> id() const;
  /// Empty as long as the record has not been read back: in what a caller wrote and in hooks before the write.
  std::string_view title() const { return (*value_)["title"].as_string(); }
  /// "system/entity", of a field that may refer to one of several types.
  std::string_view type() const { return (*value_)["type"].as_string(); }
  explicit operator bool() const { return id().has_value(); }
  const Json& json() const { return *value_; }
  /// Whether both refer to the same record, or neither to any.
  friend bool operator==(const Reference& a, const Reference& b) { return a.id() == b.id(); }

 private:
  const Json* value_;
};

class File {
 public:
  explicit File(const Json& value) : value_(&value) {}
  std::string_view id() const { return (*value_)["id"].as_string(); }
  std::string_view name() const { return (*value_)["name"].as_string(); }
  std::string_view media_type() const { return (*value_)["type"].as_string(); }

 private:
  const Json* value_;
};

/// Rows, references, files or words of a field that has several.
template <class Item>
class List {
 public:
  explicit List(const Json& value) : items_(&value.as_array()) {}
  class Iterator {
   public:
    explicit Iterator(Json::Array::const_iterator at) : at_(at) {}
    Item operator*() const {
      if constexpr (std::constructible_from<Item, const Json&>)
        return Item(*at_);
      else
        return Item(std::string_view(at_->as_string()));
    }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    Json::Array::const_iterator at_;
  };
  Iterator begin() const { return Iterator(items_->begin()); }
  Iterator end() const { return Iterator(items_->end()); }
  std::size_t size() const { return items_->size(); }
  bool empty() const { return items_->empty(); }

 private:
  const Json::Array* items_;
};

/// A record, or a row of one, of the type `Self`.
template <class Self>
class View {
 public:
  explicit View(const Json& value) : json_(&value) {}
  View(Json&&) = delete;
  /// As it is stored: for what is handed on without being looked at.
  const Json& operator[](FieldName<Self> field) const { return (*json_)[field]; }
  const Json& json() const { return *json_; }

 protected:
  const Json* json_;
};

/// Values to be written, of a new record or of one that is changed. An empty value empties the field.
class Changes {
 public:
  operator const Json&() const& { return json_; }
  operator Json() && { return std::move(json_); }

 protected:
  Json json_ = Json::object();
};

// --- what the generated methods do

/// 0 of a record that is not made yet.
std::int64_t id_of(const Json& record);

std::optional<std::int64_t> integer_of(const Json& value);
std::optional<double> number_of(const Json& value);
std::optional<Date> date_of(const Json& value);
std::optional<Instant> instant_of(const Json& value);

Json to_json(std::string_view text);
Json to_json(std::optional<std::int64_t> number);
Json to_json(std::optional<double> number);
Json to_json(std::optional<Date> day);
Json to_json(std::optional<Instant> time);
Json to_reference(std::optional<std::int64_t> id);
Json to_references(const std::vector<std::int64_t>& ids);

/// The declaration of a typed record, of entities::Catalog.
template <class Typed, class Catalog>
const auto& declaration_of(const Catalog& catalog) {
  return *catalog.entity(Typed::Type::system, Typed::Type::entity);
}

}  // namespace civitas::plug
