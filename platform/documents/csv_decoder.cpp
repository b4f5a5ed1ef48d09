#include "documents/csv_decoder.hpp"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <vector>

#include "base/utf8.hpp"

namespace civitas::documents {

namespace {
constexpr std::size_t piece = 64 * 1024;

std::size_t announced_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

void append_utf16(std::string& out, const UChar* text, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    char32_t c = text[i];
    if (c < 0x80) {
      out += static_cast<char>(c);
      continue;
    }
    if (U16_IS_LEAD(c) && i + 1 < count) c = U16_GET_SUPPLEMENTARY(c, text[++i]);
    append_utf8(out, c);
  }
}
}  // namespace

std::size_t valid_utf8_prefix(std::string_view text, bool& cut_off) {
  cut_off = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = announced_length(lead);
    if (length == 0) return at;
    const std::size_t here = std::min(length, text.size() - at);
    if (here < length) {
      // Fill the missing bytes with each bound of what may follow: valid with one of them means only cut off.
      for (const char fill : {'\x80', '\xBF'}) {
        std::string candidate(text.substr(at, here));
        candidate.append(length - here, fill);
        if (is_valid_utf8(candidate)) cut_off = true;
      }
      return at;
    }
    if (!is_valid_utf8(text.substr(at, length))) return at;
    at += length;
  }
  return at;
}

struct Decoder::Converter {
  UConverter* handle = nullptr;
  std::vector<UChar> units = std::vector<UChar>(piece);
  UChar waiting_lead = 0;  // a high surrogate at the end of the last piece
  explicit Converter(const char* name) {
    UErrorCode error = U_ZERO_ERROR;
    handle = ucnv_open(name, &error);
    if (U_SUCCESS(error)) ucnv_setToUCallBack(handle, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  }
  ~Converter() {
    if (handle) ucnv_close(handle);
  }
};

Decoder::Decoder(std::unique_ptr<ByteSource> source, TextEncoding encoding) : source_(std::move(source)) {
  switch (encoding) {
    case TextEncoding::gb18030: converter_ = std::make_unique<Converter>("gb18030"); break;
    case TextEncoding::utf16le: converter_ = std::make_unique<Converter>("UTF-16LE"); break;
    case TextEncoding::utf16be: converter_ = std::make_unique<Converter>("UTF-16BE"); break;
    default: break;
  }
  buffer_.resize(piece);
}
Decoder::~Decoder() = default;

Result<bool> Decoder::more(std::string& out) {
  if (ended_ || malformed_) return false;
  buffer_.resize(piece);
  CIVITAS_TRY(const std::size_t count, source_->read(buffer_.data(), buffer_.size()));
  buffer_.resize(count);
  bytes_read_ += count;
  ended_ = count == 0;
  if (converter_)
    convert(out, ended_);
  else
    pass_utf8(out);
  return true;
}

void Decoder::pass_utf8(std::string& out) {
  if (ended_) {
    malformed_ = !pending_.empty();
    return;
  }
  if (!pending_.empty()) {
    buffer_.insert(0, pending_);
    pending_.clear();
  }
  bool cut_off = false;
  const std::size_t good = valid_utf8_prefix(buffer_, cut_off);
  out.append(buffer_, 0, good);
  if (good == buffer_.size()) return;
  if (cut_off)
    pending_ = buffer_.substr(good);
  else
    malformed_ = true;
}

void Decoder::convert(std::string& out, bool last) {
  const char* from = buffer_.data();
  const char* const end = from + buffer_.size();
  for (;;) {
    UErrorCode error = U_ZERO_ERROR;
    UChar* to = converter_->units.data();
    if (converter_->waiting_lead) *to++ = std::exchange(converter_->waiting_lead, UChar{0});
    ucnv_toUnicode(converter_->handle, &to, converter_->units.data() + converter_->units.size(), &from, end, nullptr,
                   last, &error);
    auto count = static_cast<std::size_t>(to - converter_->units.data());
    const bool full = error == U_BUFFER_OVERFLOW_ERROR;
    if (count > 0 && (full || !last) && U16_IS_LEAD(converter_->units[count - 1]))
      converter_->waiting_lead = converter_->units[--count];
    append_utf16(out, converter_->units.data(), count);
    if (full) continue;
    if (U_FAILURE(error)) malformed_ = true;
    return;
  }
}

bool could_be_gb18030(std::string_view bytes) {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* handle = ucnv_open("gb18030", &error);
  if (U_FAILURE(error)) return false;
  ucnv_setToUCallBack(handle, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  std::vector<UChar> units(bytes.size() + 1);
  UChar* to = units.data();
  const char* from = bytes.data();
  ucnv_toUnicode(handle, &to, units.data() + units.size(), &from, bytes.data() + bytes.size(), nullptr, false, &error);
  ucnv_close(handle);
  return U_SUCCESS(error);
}

std::string to_gb18030(std::string_view utf8, bool& ok) {
  ok = false;
  UErrorCode error = U_ZERO_ERROR;
  UConverter* handle = ucnv_open("gb18030", &error);
  if (U_FAILURE(error)) return {};
  ucnv_setFromUCallBack(handle, UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  const std::u32string wide = to_utf32(utf8);
  std::vector<UChar> units;
  units.reserve(wide.size());
  for (const char32_t c : wide) {
    if (c > 0xFFFF) {
      units.push_back(U16_LEAD(c));
      units.push_back(U16_TRAIL(c));
    } else {
      units.push_back(static_cast<UChar>(c));
    }
  }
  std::string out(units.size() * 4 + 8, '\0');
  const int32_t length = ucnv_fromUChars(handle, out.data(), static_cast<int32_t>(out.size()), units.data(),
                                         static_cast<int32_t>(units.size()), &error);
  ucnv_close(handle);
  if (U_FAILURE(error)) return {};
  ok = true;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace civitas::documents
