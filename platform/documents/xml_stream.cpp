#include <expat.h>

#include "documents/xlsx_parts.hpp"

namespace civitas::documents {

namespace {
constexpr int piece = 64 * 1024;
constexpr std::uint64_t longest_token = 4u << 20;

std::string_view local(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}
}  // namespace

std::string_view Attributes::operator[](std::string_view local_name) const {
  for (const char** p = pairs_; p[0]; p += 2)
    if (p[0] == local_name) return p[1];
  for (const char** p = pairs_; p[0]; p += 2)
    if (local(p[0]) == local_name) return p[1];
  return {};
}

std::string_view Attributes::prefixed(std::string_view local_name) const {
  for (const char** p = pairs_; p[0]; p += 2) {
    const std::string_view name = p[0];
    if (name.find(':') != std::string_view::npos && local(name) == local_name) return p[1];
  }
  return {};
}

struct XmlStream::Bridge {
  static void start(void* self, const char* name, const char** attributes) {
    auto& stream = *static_cast<XmlStream*>(self);
    if (!stream.problem_) stream.handler_.start(local(name), Attributes(attributes));
  }
  static void end(void* self, const char* name) {
    auto& stream = *static_cast<XmlStream*>(self);
    if (!stream.problem_) stream.handler_.end(local(name));
  }
  static void text(void* self, const char* data, int size) {
    auto& stream = *static_cast<XmlStream*>(self);
    if (!stream.problem_) stream.handler_.text(std::string_view(data, static_cast<std::size_t>(size)));
  }
  static void doctype(void* self, const char*, const char*, const char*, int) {
    auto& stream = *static_cast<XmlStream*>(self);
    stream.stop(invalid("documents.xlsx.dtd", "工作簿内含有不允许的文档类型声明，已拒绝读取，请用办公软件重新保存。",
                        "The workbook contains a document type declaration, which is refused; save it again with an "
                        "office program.")
                    .with_detail(stream.part_));
  }
};

XmlStream::XmlStream(ByteSource& source, XmlHandler& handler, std::string part)
    : source_(source), handler_(handler), part_(std::move(part)), parser_(XML_ParserCreate(nullptr)) {
  XML_SetUserData(parser_, this);
  XML_SetElementHandler(parser_, Bridge::start, Bridge::end);
  XML_SetCharacterDataHandler(parser_, Bridge::text);
  XML_SetStartDoctypeDeclHandler(parser_, Bridge::doctype);
}
XmlStream::~XmlStream() { XML_ParserFree(parser_); }

void XmlStream::pause() {
  if (!problem_ && !paused_ && XML_StopParser(parser_, XML_TRUE) == XML_STATUS_OK) paused_ = true;
}

void XmlStream::stop(Problem problem) {
  if (problem_) return;
  problem_ = std::make_unique<Problem>(std::move(problem));
  XML_StopParser(parser_, XML_FALSE);
}

Problem XmlStream::syntax_problem() const {
  return invalid("documents.xlsx.xml", "工作簿的内部结构有误，请用办公软件打开后重新保存。",
                 "The inside of the workbook is malformed; open it in an office program and save it again.")
      .with_detail(part_ + ": " + XML_ErrorString(XML_GetErrorCode(parser_)) + " at line " +
                   std::to_string(XML_GetCurrentLineNumber(parser_)));
}

Result<bool> XmlStream::run() {
  if (problem_) return fail(*problem_);
  XML_Status status = XML_STATUS_OK;
  if (paused_) {
    paused_ = false;
    status = XML_ResumeParser(parser_);
  }
  for (;;) {
    if (problem_) return fail(*problem_);
    if (status == XML_STATUS_ERROR) {
      problem_ = std::make_unique<Problem>(syntax_problem());
      return fail(*problem_);
    }
    if (status == XML_STATUS_SUSPENDED) return true;
    if (last_fed_) return false;
    const XML_Index parsed = XML_GetCurrentByteIndex(parser_);
    if (parsed >= 0 && fed_ > static_cast<std::uint64_t>(parsed) + longest_token) {
      problem_ = std::make_unique<Problem>(syntax_problem());
      return fail(*problem_);
    }
    void* buffer = XML_GetBuffer(parser_, piece);
    if (!buffer) return fail(internal_problem("XML buffer"));
    CIVITAS_TRY(const std::size_t count, source_.read(static_cast<char*>(buffer), piece));
    fed_ += count;
    last_fed_ = count == 0;
    status = XML_ParseBuffer(parser_, static_cast<int>(count), last_fed_ ? XML_TRUE : XML_FALSE);
  }
}

}  // namespace civitas::documents
