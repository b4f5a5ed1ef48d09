#include "documents/xlsx_parts.hpp"

#include <map>

#include "base/strings.hpp"
#include "documents/number_format.hpp"

namespace civitas::documents {

namespace {

class StringsHandler final : public XmlHandler {
 public:
  StringsHandler(std::string& text, std::vector<std::uint32_t>& ends, std::uint64_t limit)
      : text_(text), ends_(ends), limit_(limit) {}
  XmlStream* stream = nullptr;

  void start(std::string_view name, const Attributes&) override {
    if (name == "si") {
      item_.clear();
    } else if (name == "rPh") {
      ++phonetic_;
    } else if (name == "t") {
      in_text_ = phonetic_ == 0;
    }
  }
  void end(std::string_view name) override {
    if (name == "t") {
      in_text_ = false;
    } else if (name == "rPh") {
      if (phonetic_ > 0) --phonetic_;
    } else if (name == "si") {
      text_ += decode_escapes(std::move(item_));
      item_.clear();
      ends_.push_back(static_cast<std::uint32_t>(text_.size()));
      check(0);
    }
  }
  void text(std::string_view piece) override {
    if (!in_text_) return;
    item_ += piece;
    check(item_.size());
  }

 private:
  void check(std::size_t more) {
    if (text_.size() + more + ends_.size() * sizeof(std::uint32_t) <= limit_) return;
    stream->stop(
        problem(Kind::too_large, "documents.xlsx.strings",
                "工作簿的文字总量超过 " + std::to_string(limit_ >> 20) + " MB，请分成几个文件或改用 CSV。",
                "The text of the workbook exceeds " + std::to_string(limit_ >> 20) + " MB; split it or use CSV."));
  }
  std::string& text_;
  std::vector<std::uint32_t>& ends_;
  std::uint64_t limit_;
  std::string item_;
  int phonetic_ = 0;
  bool in_text_ = false;
};

class StylesHandler final : public XmlHandler {
 public:
  explicit StylesHandler(std::vector<XlsxStyles::Style>& cells) : cells_(cells) {}
  void start(std::string_view name, const Attributes& attributes) override {
    if (name == "numFmt") {
      if (const auto id = parse_integer(attributes["numFmtId"]); id && formats_.size() < 65'536)
        formats_[*id] = style_named(attributes["formatCode"]);
    } else if (name == "cellXfs") {
      in_cells_ = true;
    } else if (name == "xf" && in_cells_ && cells_.size() < 65'536) {
      const std::int64_t id = parse_integer(attributes["numFmtId"]).value_or(0);
      const auto own = formats_.find(id);
      if (own != formats_.end())
        cells_.push_back(own->second);
      else if (id >= 0 && id < 1'000'000)
        cells_.push_back({style_of_builtin(static_cast<int>(id)),
                          std::string(builtin_number_format(static_cast<int>(id)))});
      else
        cells_.emplace_back();
    }
  }
  void end(std::string_view name) override {
    if (name == "cellXfs") in_cells_ = false;
  }
  void text(std::string_view) override {}

 private:
  static XlsxStyles::Style style_named(std::string_view code) {
    const NumberStyle kind = style_of_format(code);
    const bool plain = kind != NumberStyle::number || code == "@" || to_lower_ascii(code) == "general";
    return {kind, plain ? std::string() : std::string(code)};
  }
  std::vector<XlsxStyles::Style>& cells_;
  std::map<std::int64_t, XlsxStyles::Style> formats_;
  bool in_cells_ = false;
};

struct Relation {
  std::string type;  // last word of the type address
  std::string target;
};

class RelationsHandler final : public XmlHandler {
 public:
  std::map<std::string, Relation, std::less<>> found;
  void start(std::string_view name, const Attributes& attributes) override {
    if (name != "Relationship" || found.size() > 10'000 || attributes["TargetMode"] == "External") return;
    const std::string_view type = attributes["Type"];
    found[std::string(attributes["Id"])] = {std::string(type.substr(type.rfind('/') + 1)),
                                            std::string(attributes["Target"])};
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}
};

class WorkbookHandler final : public XmlHandler {
 public:
  struct Sheet {
    std::string name, relation;
    bool visible;
  };
  std::vector<Sheet> sheets;
  bool epoch_1904 = false;
  void start(std::string_view name, const Attributes& attributes) override {
    if (name == "workbookPr") {
      const std::string_view flag = attributes["date1904"];
      epoch_1904 = flag == "1" || flag == "true" || flag == "on";
    } else if (name == "sheet" && sheets.size() < 10'000) {
      const std::string_view state = attributes["state"];
      sheets.push_back({std::string(attributes["name"]), std::string(attributes.prefixed("id")),
                        state.empty() || state == "visible"});
    }
  }
  void end(std::string_view) override {}
  void text(std::string_view) override {}
};

// Resolves a relation target against the folder of its source part.
std::string resolve(std::string_view folder, std::string_view target) {
  std::vector<std::string_view> parts;
  const auto add = [&](std::string_view path) {
    for (const std::string_view step : split(path, '/')) {
      if (step.empty() || step == ".") continue;
      if (step != "..")
        parts.push_back(step);
      else if (!parts.empty())
        parts.pop_back();
    }
  };
  if (!target.starts_with('/')) add(folder);
  add(target);
  std::string out;
  for (const auto part : parts) (out += out.empty() ? "" : "/") += part;
  return out;
}

template <class Handler>
Status parse_part(XlsxPackage& package, const std::string& name, Handler& handler) {
  CIVITAS_TRY(auto source, package.part(name));
  XmlStream stream(*source, handler, name);
  CIVITAS_CHECK(stream.run());
  return {};
}

}  // namespace

Status SharedStrings::load(ByteSource& source, const TableLimits& limits) {
  StringsHandler handler(text_, ends_, std::min<std::uint64_t>(limits.shared_string_bytes, 0xFFFF'FFFFu));
  XmlStream stream(source, handler, "sharedStrings");
  handler.stream = &stream;
  CIVITAS_CHECK(stream.run());
  return {};
}

Status XlsxStyles::load(ByteSource& source) {
  StylesHandler handler(cells_);
  XmlStream stream(source, handler, "styles");
  CIVITAS_CHECK(stream.run());
  return {};
}

Result<WorkbookInfo> read_workbook(XlsxPackage& package) {
  std::string workbook_part = "xl/workbook.xml";
  if (package.has("_rels/.rels")) {
    RelationsHandler root;
    CIVITAS_CHECK(parse_part(package, "_rels/.rels", root));
    for (const auto& [id, relation] : root.found)
      if (relation.type == "officeDocument") workbook_part = resolve("", relation.target);
  }
  if (!package.has(workbook_part) || !workbook_part.ends_with("xml"))
    return fail(problem(Kind::unsupported, "documents.table.format",
                        "这个压缩包不是 Excel 工作簿（.xlsx），请用办公软件另存为 .xlsx 后再上传。",
                        "This archive is not an Excel workbook (.xlsx); save the table as .xlsx."));
  WorkbookHandler workbook;
  CIVITAS_CHECK(parse_part(package, workbook_part, workbook));

  const std::size_t slash = workbook_part.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : workbook_part.substr(0, slash);
  const std::string file = slash == std::string::npos ? workbook_part : workbook_part.substr(slash + 1);
  const std::string relations_part = resolve(folder, "_rels/" + file + ".rels");
  RelationsHandler relations;
  if (package.has(relations_part)) CIVITAS_CHECK(parse_part(package, relations_part, relations));

  WorkbookInfo info;
  info.epoch_1904 = workbook.epoch_1904;
  for (auto& sheet : workbook.sheets) {
    const auto relation = relations.found.find(sheet.relation);
    if (relation == relations.found.end() || relation->second.type != "worksheet") continue;  // chart or dialog sheet
    info.sheets.push_back({std::move(sheet.name), resolve(folder, relation->second.target), sheet.visible});
  }
  for (const auto& [id, relation] : relations.found) {
    if (relation.type == "sharedStrings") info.strings_part = resolve(folder, relation.target);
    if (relation.type == "styles") info.styles_part = resolve(folder, relation.target);
  }
  if (info.sheets.empty())
    return fail(problem(Kind::unsupported, "documents.table.format",
                        "这个文件里没有工作表，请确认它是 Excel 工作簿（.xlsx）。",
                        "There is no worksheet in this file; is it an Excel workbook (.xlsx)?"));
  return info;
}

}  // namespace civitas::documents
