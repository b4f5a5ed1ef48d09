// Two kinds of paper every office prints, with nothing of a single system in them: the approval form (审批表)
// and the certificate (证书).
#pragma once

#include <string>
#include <vector>

#include "documents/pdf.hpp"

namespace civitas::documents {

struct FormField {
  std::string label;
  std::string value = {};
  int span = 1;           // of the label/value pairs that make a line
  double min_height = 0;  // millimetres
};

struct Opinion {
  std::string step;  // 受理, 审核, 批准 …
  std::string opinion = {};
  std::string person = {};
  std::optional<Date> date = {};
  double min_height = 26;
};

struct Verification {
  std::string url = {};   // "" leaves QR code and address out
  std::string code = {};  // shown beside the QR code
};

struct ApprovalForm {
  std::string title;
  std::string number = {};     // 文号, such as 合民地〔2026〕12号
  std::string left_line = {};  // opposite the number: unit or date of filing
  int pairs_per_line = 2;
  std::vector<FormField> fields = {};
  std::vector<Opinion> opinions = {};
  std::string notes = {};  // below the table
  Verification verification = {};
  std::string author = {};  // of the file
  std::optional<Instant> created = {};
};

enum class DateWords { arabic, han };  // 2026年11月21日 (GB/T 9704); 二〇二六年十一月二十一日

struct Certificate {
  std::string title;
  std::string number = {};
  std::vector<std::string> paragraphs = {};
  std::vector<FormField> fields = {};
  int pairs_per_line = 1;
  std::string issuer = {};
  std::optional<Date> date = {};
  DateWords date_words = DateWords::han;
  Orientation orientation = Orientation::portrait;
  Color frame = {0.60, 0.12, 0.12};
  Verification verification = {};
  std::optional<Instant> created = {};
};

struct Rendered {
  std::string pdf;
  int pages = 0;
  std::vector<SealPlace> seal_places;  // one for the issuer, or one for each opinion
};

Result<Rendered> render_approval_form(const ApprovalForm& form);
/// Fails with documents.forms.too_long when the text does not fit on one page.
Result<Rendered> render_certificate(const Certificate& certificate);

/// 二〇二六年十一月二十一日
std::string date_in_han(Date date);

}  // namespace civitas::documents
