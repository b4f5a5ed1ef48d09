#include "gateway/representation.hpp"

#include "crypto/digest.hpp"
#include "http/conditional.hpp"

namespace civitas::gateway {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  return out;
}

// A line for every member, two levels deep: enough to read, without a parser of its own.
std::string indented(std::string_view json) {
  std::string out;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      if (c == '"') in_text = false;
      continue;
    }
    if (c == '"') in_text = true;
    if (c == '}' || c == ']') {
      --depth;
      if (depth < 4) out += '\n' + std::string(static_cast<std::size_t>(depth) * 2, ' ');
    }
    out += c;
    if (c == '{' || c == '[') ++depth;
    if ((c == '{' || c == '[' || c == ',') && depth <= 4)
      out += '\n' + std::string(static_cast<std::size_t>(depth) * 2, ' ');
  }
  return out;
}

}  // namespace

Result<Form> wanted_form(const http::Request& r) {
  if (const auto f = r.query("f")) {
    if (*f == "json") return Form::json;
    if (*f == "html") return Form::html;
    return fail(invalid("gateway.ogc.parameter", "f 应为 json 或 html。", "f must be json or html.").with_field("f"));
  }
  const auto accept = r.headers.get("Accept");
  const auto html = accept.find("text/html"), json = accept.find("json");
  return html != accept.npos && (json == accept.npos || html < json) ? Form::html : Form::json;
}

std::string entity_tag(std::string_view content) { return "W/\"" + crypto::sha256_hex(content).substr(0, 32) + "\""; }

void tag_answer(const http::Request& r, http::Response& response, std::string_view significant) {
  if (response.status != 200 || (r.method != http::Method::get && r.method != http::Method::head)) return;
  if (!response.find("ETag") && !response.body.empty())
    response.set("ETag", entity_tag(significant.empty() ? std::string_view(response.body) : significant));
  http::answer_condition(r, response);
}

const std::string& in(http::Language language, const Text& title) {
  return language == http::Language::en && !title.en.empty() ? title.en : title.zh;
}

Json link(std::string href, std::string_view rel, std::string_view type, std::string_view title) {
  Json out = Json::object();
  out.set("href", std::move(href)).set("rel", rel).set("type", type);
  if (!title.empty()) out.set("title", title);
  return out;
}

http::Response represent(Form form, std::string json, const Json& links, std::string_view title,
                         std::string_view media_type) {
  http::Response out;
  out.set("Vary", "Accept, Accept-Language");
  if (form == Form::json) {
    out.set("Content-Type", std::string(media_type));
    out.body = std::move(json);
    return out;
  }
  out.set("Content-Type", "text/html; charset=utf-8");
  out.body =
      "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>" +
      escaped(title) + "</title><h1>" + escaped(title) + "</h1><ul>";
  for (const auto& l : links.as_array()) {
    const std::string& href = l["href"].as_string();
    const std::string& name = l["title"].as_string();
    out.body += "<li><a href=\"" + escaped(href) + "\">" + escaped(name.empty() ? href : name) + "</a> (" +
                escaped(l["rel"].as_string()) + ")</li>";
  }
  out.body += "</ul><pre>" + escaped(indented(json)) + "</pre></html>";
  return out;
}

}  // namespace civitas::gateway
