#include "notify/smpp_pdu.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace civitas::notify::smpp {

namespace {

constexpr std::size_t most_parts = 10;

void put(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, int size = 4) {
  std::uint32_t out = 0;
  for (int i = 0; i < size; ++i) out = out << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return out;
}

// A text with its closing zero, cut to what the field holds.
void put_text(std::string& out, std::string_view text, std::size_t most) {
  out += text.substr(0, std::min(text.find('\0'), most - 1));
  out += '\0';
}

// Numbers (international or as dialled) and names, 5.2.5.
void put_address(std::string& out, std::string_view address, std::size_t most) {
  const bool international = address.starts_with('+');
  if (international) address.remove_prefix(1);
  const bool digits = std::all_of(address.begin(), address.end(), [](char c) { return c >= '0' && c <= '9'; });
  out += static_cast<char>(!digits ? 5 : international ? 1 : 0);
  out += static_cast<char>(digits ? 1 : 0);
  put_text(out, address, most);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool good() const { return good_; }
  std::size_t left() const { return bytes_.size() - at_; }
  std::uint8_t byte() {
    if (left() < 1) return good_ = false, std::uint8_t{0};
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  std::uint32_t two() {
    if (left() < 2) return good_ = false, 0u;
    at_ += 2;
    return number_at(bytes_, at_ - 2, 2);
  }
  std::string_view text(std::size_t most) {
    const auto end = bytes_.find('\0', at_);
    if (end == std::string_view::npos || end - at_ >= most) return good_ = false, std::string_view();
    const auto out = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return out;
  }
  std::string_view bytes(std::size_t count) {
    if (left() < count) return good_ = false, std::string_view();
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

// Letters whose code is the same in the GSM alphabet, in ASCII and in what gateways make of either.
bool is_basic(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '\n' ||
         (c < 0x80 && std::string_view("!\"#%&'()*+,-./:;<=>?").find(static_cast<char>(c)) != std::string_view::npos);
}

std::string big_endian(char32_t c) {
  std::string out;
  const auto unit = [&](char32_t u) {
    out += static_cast<char>(u >> 8);
    out += static_cast<char>(u & 0xff);
  };
  if (c < 0x10000) {
    unit(c);
  } else {
    unit(0xd800 + ((c - 0x10000) >> 10));
    unit(0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  return out;
}

// "… id:123 … stat:DELIVRD err:000 …", appendix B; the names in any case.
std::string word_after(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at + name.size() <= text.size(); ++at) {
    if (at > 0 && text[at - 1] != ' ') continue;
    const bool here = std::equal(name.begin(), name.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                                 [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (!here) continue;
    const auto rest = text.substr(at + name.size());
    return std::string(rest.substr(0, std::min(rest.find(' '), std::size_t{65})));
  }
  return {};
}

}  // namespace

std::string write(const Pdu& pdu) {
  std::string out;
  put(out, static_cast<std::uint32_t>(header_size + pdu.body.size()));
  put(out, pdu.command);
  put(out, pdu.status);
  put(out, pdu.sequence);
  return out + pdu.body;
}

Framing take(std::string& bytes, Pdu& out) {
  if (bytes.size() < 4) return Framing::incomplete;
  const std::uint32_t length = number_at(bytes, 0);
  if (length < header_size || length > largest_pdu) return Framing::broken;
  if (bytes.size() < length) return Framing::incomplete;
  out.command = number_at(bytes, 4);
  out.status = number_at(bytes, 8);
  out.sequence = number_at(bytes, 12);
  out.body = bytes.substr(header_size, length - header_size);
  bytes.erase(0, length);
  return Framing::whole;
}

std::string bind_body(const Bind& bind) {
  std::string out;
  put_text(out, bind.system_id, 16);
  put_text(out, bind.password, 9);
  put_text(out, bind.system_type, 13);
  out += '\x34';  // interface version 3.4
  out.append(2, '\0');
  put_text(out, "", 41);
  return out;
}

std::string submit_body(const Submit& s) {
  std::string out;
  put_text(out, "", 6);
  put_address(out, s.source, 21);
  put_address(out, s.destination, 21);
  out += s.header ? '\x40' : '\0';
  out.append(2, '\0');    // protocol, priority
  put_text(out, "", 17);  // at once
  put_text(out, "", 17);  // the gateway's own validity
  out += '\x01';          // a receipt, whatever becomes of it
  out += '\0';
  out += static_cast<char>(s.coding);
  out += '\0';
  const std::string_view message = std::string_view(s.message).substr(0, 254);
  out += static_cast<char>(message.size());
  out += message;
  return out;
}

std::vector<Submit> parts_of(const std::string& text, std::uint8_t reference) {
  std::vector<std::string> letters;
  bool basic = true;
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) basic = is_basic(next_code_point(text, at)) && basic;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    letters.push_back(basic ? std::string(1, static_cast<char>(c)) : big_endian(c));
    size += letters.back().size();
  }
  const std::uint8_t coding = basic ? 0 : 8;
  const std::size_t alone = basic ? 160 : 140, together = basic ? 153 : 134;
  std::vector<Submit> out;
  const auto add = [&](std::string message) {
    Submit s;
    s.coding = coding;
    s.message = std::move(message);
    out.push_back(std::move(s));
  };
  if (size <= alone) {
    std::string whole;
    for (const auto& letter : letters) whole += letter;
    add(std::move(whole));
    return out;
  }
  std::string part;
  for (const auto& letter : letters) {
    if (part.size() + letter.size() > together) {
      add(std::move(part));
      part.clear();
      if (out.size() == most_parts) break;
    }
    part += letter;
  }
  if (!part.empty() && out.size() < most_parts) add(std::move(part));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].header = true;
    const char header[] = {
        5, 0, 3, static_cast<char>(reference), static_cast<char>(out.size()), static_cast<char>(i + 1)};
    out[i].message.insert(0, header, sizeof header);
  }
  return out;
}

std::string message_id(std::string_view body) {
  Reader in(body);
  const auto id = in.text(65);
  return in.good() ? std::string(id) : "";
}

std::optional<DeliveryReceipt> receipt_of(std::string_view body) {
  Reader in(body);
  in.text(6);
  for (int i = 0; i < 2; ++i) {
    in.byte();
    in.byte();
    in.text(21);
  }
  const std::uint8_t kind = in.byte();
  in.byte();
  in.byte();
  in.text(17);
  in.text(17);
  for (int i = 0; i < 4; ++i) in.byte();
  const std::size_t length = in.byte();
  std::string_view text = in.bytes(length);
  if (!in.good() || (kind & 0x3c) != 0x04) return std::nullopt;
  DeliveryReceipt out;
  out.id = word_after(text, "id:");
  out.state = word_after(text, "stat:");
  out.error = word_after(text, "err:");
  static constexpr const char* states[] = {"",        "ENROUTE", "DELIVRD", "EXPIRED", "DELETED",
                                           "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"};
  while (in.left() >= 4) {  // optional parameters, 5.3.2
    const std::uint32_t tag = in.two(), size = in.two();
    const auto value = in.bytes(size);
    if (!in.good()) break;
    if (tag == 0x001e && !value.empty()) out.id = value.substr(0, std::min(value.find('\0'), std::size_t{65}));
    if (tag == 0x0427 && value.size() == 1 && static_cast<std::uint8_t>(value[0]) < std::size(states))
      out.state = states[static_cast<std::uint8_t>(value[0])];
  }
  std::transform(out.state.begin(), out.state.end(), out.state.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (out.id.empty()) return std::nullopt;
  return out;
}

}  // namespace civitas::notify::smpp
