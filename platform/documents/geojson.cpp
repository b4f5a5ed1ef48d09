#include "documents/geojson.hpp"

#include <cstdio>
#include <fstream>

#include "documents/byte_source.hpp"
#include "documents/workbook.hpp"

namespace civitas::documents {

namespace {

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& file) : in_(file, std::ios::binary) {}
  bool good() const { return in_.good(); }
  Result<std::size_t> read(char* into, std::size_t size) override {
    in_.read(into, static_cast<std::streamsize>(size));
    if (in_.bad()) return fail(unreadable());
    return static_cast<std::size_t>(in_.gcount());
  }
  static Problem unreadable() {
    return problem(Kind::not_found, "documents.geojson.unreadable", "打不开 GeoJSON 文件。",
                   "The GeoJSON file cannot be opened.");
  }

 private:
  std::ifstream in_;
};

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Finds where values begin and end; what is between is left to Json::parse.
class Scanner {
 public:
  explicit Scanner(std::unique_ptr<ByteSource> source) : source_(std::move(source)), buffer_(64 * 1024, '\0') {}

  /// The next byte that is not blank, without taking it; 0 at the end.
  Result<char> peek() {
    for (;;) {
      if (at_ >= size_) {
        CIVITAS_TRY(const bool any, fill());
        if (!any) return '\0';
      }
      if (!is_blank(buffer_[at_])) return buffer_[at_];
      ++at_;
    }
  }
  void take() { ++at_; }
  /// After peek() gave 0: the end, and not a byte of that value.
  bool ended() const { return at_ >= size_; }

  Status expect(char wanted) {
    CIVITAS_TRY(const char c, peek());
    if (c != wanted || at_ >= size_) return fail(syntax());
    take();
    return {};
  }

  /// The text of one value. Beyond `limit` it fails with `too_long`.
  Status value(std::string& out, std::size_t limit, const Problem& too_long) {
    out.clear();
    CIVITAS_TRY(const char first, peek());
    if (first == '\0') return fail(syntax());
    const bool nested = first == '{' || first == '[';
    std::size_t depth = 0;
    bool in_string = false, escaped = false;
    for (;;) {
      if (at_ >= size_) {
        CIVITAS_TRY(const bool any, fill());
        if (!any) {
          if (depth == 0 && !in_string && !out.empty()) return {};
          return fail(syntax());
        }
      }
      const std::size_t from = at_;
      bool complete = false;
      while (at_ < size_ && !complete) {
        const char c = buffer_[at_];
        if (in_string) {
          if (escaped)
            escaped = false;
          else if (c == '\\')
            escaped = true;
          else if (c == '"') {
            in_string = false;
            complete = depth == 0;
          }
        } else if (c == '"') {
          in_string = true;
        } else if (c == '{' || c == '[') {
          ++depth;
        } else if (c == '}' || c == ']') {
          if (depth == 0) {
            out.append(buffer_, from, at_ - from);
            return {};
          }
          complete = --depth == 0;
        } else if (!nested && depth == 0 && (c == ',' || is_blank(c))) {
          out.append(buffer_, from, at_ - from);
          return {};
        }
        ++at_;
      }
      out.append(buffer_, from, at_ - from);
      if (out.size() > limit) return fail(too_long);
      if (complete) return {};
    }
  }

  std::uint64_t offset() const { return before_ + at_; }
  std::uint64_t bytes_read() const { return before_ + size_; }
  Problem syntax() const {
    const std::string at = std::to_string(offset());
    return invalid("documents.geojson.syntax", "GeoJSON 格式有误（第 " + at + " 字节处），文件可能没有传完。",
                   "The GeoJSON is malformed at byte " + at + "; perhaps the file was not sent completely.");
  }

 private:
  Result<bool> fill() {
    before_ += size_;
    at_ = size_ = 0;
    CIVITAS_TRY(size_, source_->read(buffer_.data(), buffer_.size()));
    return size_ > 0;
  }

  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::size_t at_ = 0, size_ = 0;
  std::uint64_t before_ = 0;
};

class Reader final : public FeatureReader {
 public:
  Reader(std::unique_ptr<ByteSource> source, const FeatureLimits& limits) : scan_(std::move(source)), limits_(limits) {}

  Status begin() {
    CIVITAS_TRY(const char first, scan_.peek());
    if (first == '\xEF') {  // a byte order mark is no JSON, yet common
      for (const char mark : {'\xEF', '\xBB', '\xBF'}) CIVITAS_CHECK(scan_.expect(mark));
    }
    return scan_.expect('{');
  }

  Result<bool> next(Json& feature) override {
    if (failure_) return fail(*failure_);
    auto result = advance(feature);
    if (!result) failure_ = std::make_unique<Problem>(result.error());
    return result;
  }
  Status skim() override {
    skimming_ = true;
    Json none;
    for (bool more = true; more;) {
      CIVITAS_TRY(more, next(none));
    }
    return {};
  }
  std::uint64_t number() const override { return number_; }
  const Json& members() const override { return members_; }
  std::uint64_t bytes_read() const override { return scan_.bytes_read(); }

 private:
  enum class At { members, features, done };

  Result<bool> advance(Json& feature) {
    for (;;) {
      if (at_ == At::done) return false;
      if (at_ == At::features) {
        CIVITAS_TRY(const char c, scan_.peek());
        if (c == ']') {
          scan_.take();
          at_ = At::members;
          continue;
        }
        if (!first_feature_) CIVITAS_CHECK(scan_.expect(','));
        first_feature_ = false;
        return read_feature(feature);
      }
      CIVITAS_CHECK(read_member());
    }
  }

  Result<bool> read_feature(Json& feature) {
    const std::string which = std::to_string(++number_);
    if (number_ > limits_.features)
      return fail(problem(Kind::too_large, "documents.geojson.feature_size", "要素过多，请分成几个文件。",
                          "There are too many features; split the file."));
    const std::uint64_t offset = scan_.offset();
    CIVITAS_CHECK(scan_.value(text_, limits_.feature_bytes,
                              problem(Kind::too_large, "documents.geojson.feature_size",
                                      "第 " + which + " 个要素过大。", "Feature " + which + " is too large.")));
    if (skimming_) return true;
    auto parsed = Json::parse(text_);
    if (!parsed)
      return fail(invalid("documents.geojson.syntax", "第 " + which + " 个要素格式有误：" + parsed.error().message.zh,
                          "Feature " + which + " is malformed: " + parsed.error().message.en)
                      .with_field("features[" + std::to_string(number_ - 1) + "]")
                      .with_detail("feature begins at byte " + std::to_string(offset)));
    if ((*parsed)["type"].as_string() != "Feature" || !parsed->find("geometry"))
      return fail(invalid("documents.geojson.feature", "第 " + which + " 项不是 GeoJSON 要素（Feature）。",
                          "Item " + which + " is no GeoJSON Feature.")
                      .with_field("features[" + std::to_string(number_ - 1) + "]"));
    feature = *std::move(parsed);
    return true;
  }

  Status read_member() {
    CIVITAS_TRY(const char c, scan_.peek());
    if (c == '}') {
      scan_.take();
      CIVITAS_TRY(const char after, scan_.peek());
      if (after != '\0' || !scan_.ended()) return fail(scan_.syntax());
      at_ = At::done;
      if (members_["type"].as_string() != "FeatureCollection" || !met_features_)
        return fail(invalid("documents.geojson.collection", "文件不是 GeoJSON 要素集合（FeatureCollection）。",
                            "The file is no GeoJSON FeatureCollection."));
      return {};
    }
    if (!first_member_) CIVITAS_CHECK(scan_.expect(','));
    first_member_ = false;
    const Problem too_long = problem(Kind::too_large, "documents.geojson.feature_size", "集合的附加成员过大。",
                                     "A member of the collection is too large.");
    CIVITAS_CHECK(scan_.value(text_, 1024, too_long));
    auto key = Json::parse(text_);
    if (!key || !key->is_string()) return fail(scan_.syntax());
    CIVITAS_CHECK(scan_.expect(':'));
    if (key->as_string() == "features") {
      CIVITAS_CHECK(scan_.expect('['));
      if (met_features_) return fail(scan_.syntax());
      met_features_ = true;
      first_feature_ = true;
      at_ = At::features;
      return {};
    }
    CIVITAS_CHECK(scan_.value(text_, limits_.member_bytes, too_long));
    auto value = Json::parse(text_);
    if (!value || members_.find(key->as_string()) || members_.size() >= 1000) return fail(scan_.syntax());
    members_.set(key->as_string(), *std::move(value));
    return {};
  }

  Scanner scan_;
  FeatureLimits limits_;
  At at_ = At::members;
  bool first_member_ = true;
  bool first_feature_ = true;
  bool met_features_ = false;
  bool skimming_ = false;
  std::uint64_t number_ = 0;
  Json members_ = Json::object();
  std::string text_;
  std::unique_ptr<Problem> failure_;
};

class Writer final : public FeatureWriter {
 public:
  explicit Writer(const std::filesystem::path& file)
      : target_(file), part_(part_file(file)), out_(std::fopen(part_.c_str(), "wb")) {}
  ~Writer() override {
    if (out_) std::fclose(out_);
    std::error_code ignored;
    if (!finished_) std::filesystem::remove(part_, ignored);
  }
  Status begin(const Json& members) {
    if (!out_) return fail(unwritable_geojson("open"));
    buffer_ = "{\"type\":\"FeatureCollection\"";
    for (const auto& [key, value] : members.as_object()) {
      if (key == "type" || key == "features") continue;
      buffer_ += ',';
      append_json_string(buffer_, key);
      buffer_ += ':';
      value.dump_to(buffer_);
    }
    buffer_ += ",\"features\":[";
    return {};
  }
  Status feature(const Json& feature) override {
    CIVITAS_CHECK(separate());
    feature.dump_to(buffer_);
    return flush(256 * 1024);
  }
  Status raw(std::string_view feature) override {
    CIVITAS_CHECK(separate());
    buffer_ += feature;
    return flush(256 * 1024);
  }
  Status finish() override {
    if (finished_) return fail(internal_problem("documents.geojson.finished: finish twice"));
    buffer_ += "\n]}\n";
    CIVITAS_CHECK(flush(0));
    if (std::fclose(std::exchange(out_, nullptr)) != 0) return fail(unwritable_geojson("close"));
    std::error_code moved;
    std::filesystem::rename(part_, target_, moved);
    if (moved) return fail(unwritable_geojson(moved.message()));
    finished_ = true;
    return {};
  }

 private:
  static Problem unwritable_geojson(std::string detail) {
    Problem p = unwritable(std::move(detail));
    p.reason = "documents.geojson.unwritable";
    return p;
  }
  Status separate() {
    if (finished_) return fail(internal_problem("documents.geojson.finished: feature after finish"));
    buffer_ += first_ ? "\n" : ",\n";
    first_ = false;
    return {};
  }
  Status flush(std::size_t from) {
    if (buffer_.size() < from) return {};
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size())
      return fail(unwritable_geojson("write"));
    buffer_.clear();
    return {};
  }

  std::filesystem::path target_;
  std::filesystem::path part_;
  std::FILE* out_;
  std::string buffer_;
  bool first_ = true;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<FeatureReader>> FeatureReader::open(const std::filesystem::path& file,
                                                           const FeatureLimits& limits) {
  auto source = std::make_unique<FileSource>(file);
  if (!source->good()) return fail(FileSource::unreadable());
  return open(std::unique_ptr<ByteSource>(std::move(source)), limits);
}

Result<std::unique_ptr<FeatureReader>> FeatureReader::open(std::unique_ptr<ByteSource> source,
                                                           const FeatureLimits& limits) {
  auto reader = std::make_unique<Reader>(std::move(source), limits);
  CIVITAS_CHECK(reader->begin());
  return std::unique_ptr<FeatureReader>(std::move(reader));
}

Result<std::unique_ptr<FeatureWriter>> FeatureWriter::create(const std::filesystem::path& file, const Json& members) {
  auto writer = std::make_unique<Writer>(file);
  CIVITAS_CHECK(writer->begin(members));
  return std::unique_ptr<FeatureWriter>(std::move(writer));
}

}  // namespace civitas::documents
