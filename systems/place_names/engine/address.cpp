#include "place_names/engine/address.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace civitas::place_names {

namespace {

struct Term {
  std::u16string_view text;
  AddressPart part;
};

using enum AddressPart;

// clang-format off
constexpr Term generics[] = {
    {u"路", road}, {u"街", road}, {u"巷", road}, {u"大道", road}, {u"大街", road}, {u"胡同", road}, {u"环线", road},
    {u"公路", road}, {u"高速", road}, {u"国道", road}, {u"省道", road}, {u"支路", road}, {u"横路", road}, {u"弄", road},
    {u"里弄", road}, {u"马路", road}, {u"正街", road}, {u"新街", road}, {u"后街", road},
    {u"小区", area}, {u"花园", area}, {u"花苑", area}, {u"家园", area}, {u"公寓", area}, {u"山庄", area}, {u"别墅", area},
    {u"苑", area}, {u"园", area}, {u"园区", area}, {u"大院", area}, {u"院", area}, {u"宿舍", area}, {u"公馆", area},
    {u"广场", area}, {u"开发区", area}, {u"工业园", area}, {u"科技园", area}, {u"产业园", area}, {u"还建楼", area},
    {u"华府", area}, {u"名都", area}, {u"雅居", area}, {u"佳园", area}, {u"庭院", area}, {u"商城", area},
    {u"大厦", building}, {u"大楼", building}, {u"楼", building}, {u"写字楼", building}, {u"商厦", building},
    {u"中心", building}, {u"商场", building}, {u"市场", building}, {u"超市", building}, {u"门面", building},
    {u"大学", organisation}, {u"学院", organisation}, {u"学校", organisation}, {u"中学", organisation},
    {u"小学", organisation}, {u"幼儿园", organisation}, {u"医院", organisation}, {u"卫生院", organisation},
    {u"卫生室", organisation}, {u"公司", organisation}, {u"厂", organisation}, {u"店", organisation},
    {u"宾馆", organisation}, {u"酒店", organisation}, {u"饭店", organisation}, {u"银行", organisation},
    {u"信用社", organisation}, {u"邮局", organisation}, {u"政府", organisation},
    {u"派出所", organisation}, {u"法院", organisation}, {u"研究所", organisation}, {u"研究院", organisation},
    {u"车站", organisation}, {u"地铁站", organisation}, {u"火车站", organisation}, {u"公园", organisation},
    {u"服务中心", organisation}, {u"党群服务中心", organisation}, {u"收费站", organisation}, {u"站", organisation},
    {u"出口", relation},
};
constexpr Term divisions[] = {
    {u"社区", division}, {u"社区居委会", division}, {u"居委会", division}, {u"居民委员会", division}, {u"村", division},
    {u"村委会", division}, {u"村民委员会", division}, {u"街道", division}, {u"街道办事处", division}, {u"镇", division},
    {u"乡", division}, {u"县", division}, {u"区", division}, {u"市", division}, {u"省", division}, {u"州", division},
    {u"旗", division}, {u"嘎查", division}, {u"苏木", division}, {u"生活区", division}, {u"社区居民委员会", division},
    {u"居委", division}, {u"村委", division}, {u"办事处", division}, {u"农场", division}, {u"林场", division},
    {u"管理区", division}, {u"连队", division}, {u"生产队", division},
};
constexpr Term words_of_relation[] = {
    {u"附近", relation}, {u"对面", relation}, {u"斜对面", relation}, {u"旁边", relation}, {u"隔壁", relation},
    {u"交汇处", relation}, {u"交会处", relation}, {u"交叉口", relation}, {u"交界处", relation}, {u"路口", relation},
    {u"拐角", relation}, {u"旁", relation}, {u"后面", relation}, {u"前面", relation}, {u"门口", relation},
    {u"以东", relation}, {u"以西", relation}, {u"以南", relation}, {u"以北", relation}, {u"东侧", relation},
    {u"西侧", relation}, {u"南侧", relation}, {u"北侧", relation}, {u"向东", relation}, {u"向西", relation},
    {u"向南", relation}, {u"向北", relation}, {u"与", relation}, {u"靠近", relation}, {u"内", relation},
    {u"约", relation}, {u"处", relation}, {u"楼下", relation}, {u"地址", relation}, {u"住址", relation},
    {u"位于", relation}, {u"地下", relation}, {u"东段", relation}, {u"西段", relation}, {u"南段", relation},
    {u"北段", relation}, {u"中段", relation}, {u"中国", relation}, {u"中华人民共和国", relation},
    {u"现住", relation}, {u"现住址", relation}, {u"现居", relation}, {u"现居住地", relation}, {u"居住地", relation},
    {u"现住地", relation}, {u"家住", relation}, {u"住在", relation}, {u"我住在", relation}, {u"家庭住址", relation},
    {u"家庭地址", relation}, {u"户籍地", relation}, {u"户籍所在地", relation}, {u"户籍地址", relation},
    {u"籍贯", relation}, {u"通讯地址", relation}, {u"通信地址", relation}, {u"联系地址", relation},
    {u"收货地址", relation}, {u"收件地址", relation}, {u"详细地址", relation}, {u"单位地址", relation},
    {u"送到", relation}, {u"送至", relation}, {u"寄到", relation}, {u"寄至", relation}, {u"邮编", relation},
    {u"邮政编码", relation}, {u"谢谢", relation},
    {u"联系人", person}, {u"收件人", person}, {u"收货人", person}, {u"寄件人", person}, {u"申请人", person},
    {u"户主", person}, {u"姓名", person}, {u"电话", telephone}, {u"手机", telephone}, {u"手机号", telephone},
    {u"联系电话", telephone}, {u"电话联系", telephone}, {u"请电话联系", telephone}, {u"收", person}, {u"转", person},
};
// clang-format on

constexpr Term units[] = {
    {u"号楼", building}, {u"号院", area}, {u"号门", unit}, {u"号", number},     {u"栋", building}, {u"幢", building},
    {u"座", building},   {u"单元", unit}, {u"门", unit},   {u"梯", unit},       {u"层", floor},    {u"楼", floor},
    {u"室", room},       {u"房", room},   {u"铺", room},   {u"户", room},       {u"米", relation}, {u"公里", relation},
    {u"千米", relation}, {u"组", area},   {u"队", area},   {u"小组", area},     {u"期", area},     {u"区", area},
    {u"门牌", number},   {u"弄", road},   {u"巷", road},   {u"村民小组", area}, {u"社", area},     {u"出口", relation},
    {u"口", relation}};

constexpr std::u16string_view titles[] = {u"先生", u"女士", u"老师", u"小姐", u"师傅", u"同志"};

bool at(const Cells& cells, std::size_t p, std::size_t end, std::u16string_view text) {
  if (p + text.size() > end) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (cells[p + i].ch != text[i]) return false;
  return true;
}

/// The terms of a list by their first character, the longest first. Most positions of a text are settled by one look.
struct Terms {
  std::vector<Term> sorted;
  std::vector<bool> begins = std::vector<bool>(65536);
  explicit Terms(std::span<const Term> terms) : sorted(terms.begin(), terms.end()) {
    std::sort(sorted.begin(), sorted.end(), [](const Term& a, const Term& b) {
      return a.text[0] != b.text[0] ? a.text[0] < b.text[0] : a.text.size() > b.text.size();
    });
    for (const auto& term : sorted) begins[term.text[0]] = true;
  }
};

template <const auto& terms>
const Term* longest_at(const Cells& cells, std::size_t p, std::size_t end) {
  static const Terms all(terms);
  if (p >= end || !all.begins[cells[p].ch]) return nullptr;
  const char16_t c = cells[p].ch;
  auto term = std::lower_bound(all.sorted.begin(), all.sorted.end(), c,
                               [](const Term& t, char16_t first) { return t.text[0] < first; });
  for (; term != all.sorted.end() && term->text[0] == c; ++term)
    if (at(cells, p, end, term->text)) return &*term;
  return nullptr;
}

bool is_mark(char16_t c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'z') || c == u'-'; }
bool is_number_lead(char16_t c) {
  return std::u16string_view(u"附特临之甲乙丙丁负第").find(c) != std::u16string_view::npos;
}

/// What a number is followed by: its part and how many cells the unit takes.
std::pair<AddressPart, std::size_t> unit_at(const Cells& cells, std::size_t p, std::size_t end) {
  if (const auto* unit = longest_at<units>(cells, p, end)) return {unit->part, unit->text.size()};
  return {number, 0};
}

/// 十, 三百一十五: what a number in words is made of.
bool is_number_word(char16_t c) { return numeral(c) >= 0 || c == u'百' || c == u'千'; }

/// Whether a building, unit or room with its number stands here: what is in front of it is no division.
bool building_at(const Cells& cells, std::size_t p, std::size_t end) {
  std::size_t q = p;
  while (q < end && is_mark(cells[q].ch)) ++q;
  if (q == p)
    while (q < end && q < p + 7 && is_number_word(cells[q].ch)) ++q;
  if (q == p) return false;
  const auto part = unit_at(cells, q, end).first;
  return part == building || part == unit || part == room;
}

}  // namespace

std::string_view address_part_name(AddressPart part) {
  static constexpr std::string_view names[] = {"road",      "number", "area",         "building", "unit",
                                               "floor",     "room",   "organisation", "relation", "person",
                                               "telephone", "words",  "division"};
  return names[static_cast<std::size_t>(part)];
}

Closing closing_at(const Cells& cells, std::size_t at, std::size_t end) {
  if (longest_at<words_of_relation>(cells, at, end)) return {};  // 路口, 处
  const Term* g = longest_at<generics>(cells, at, end);
  const Term* d = longest_at<divisions>(cells, at, end);
  if (d && (!g || d->text.size() >= g->text.size())) return {d->text.size(), division};
  return g ? Closing{g->text.size(), g->part} : Closing{};
}

void read_address(const Cells& cells, std::size_t begin, std::size_t end, After after, AddressSpans& out) {
  auto add = [&](AddressPart part, std::size_t b, std::size_t e) {
    out.add({part, static_cast<std::uint8_t>(b), static_cast<std::uint8_t>(e)});
  };
  std::size_t p = begin;
  while (p < end) {
    const char16_t c = cells[p].ch;
    // Numbers, with what leads them and the unit behind.
    std::size_t q = p;
    while (q < end && is_number_lead(cells[q].ch) && q < p + 2) ++q;
    std::size_t marks = q;
    while (marks < end && is_mark(cells[marks].ch) && !(marks > q && cells[marks].break_before)) ++marks;
    if (marks > q) {
      const std::size_t digits = marks - q;
      auto [part, length] = unit_at(cells, marks, end);
      if (length == 0 && digits >= 7) part = telephone;
      add(part, p, marks + length);
      p = marks + length;
      continue;
    }
    std::size_t words = p;
    while (words < end && words < p + 7 && is_number_word(cells[words].ch)) ++words;
    if (words > p) {
      auto [part, length] = unit_at(cells, words, end);
      if (length && part != relation) {
        add(part, p, words + length);
        p = words + length;
        continue;
      }
    }
    if (is_number_lead(c) && p + 1 < end) {
      auto [part, length] = unit_at(cells, p + 1, end);
      if (length) {
        add(part, p, p + 1 + length);
        p += 1 + length;
        continue;
      }
    }
    if (const auto* word = longest_at<words_of_relation>(cells, p, end)) {
      std::size_t stop = p + word->text.size();
      if (word->part == person)
        while (stop < end && stop < p + word->text.size() + 3 && cells[stop].han &&
               !(stop > p + word->text.size() && cells[stop].break_before))
          ++stop;
      add(word->part, p, stop);
      p = stop;
      continue;
    }
    if (!cells[p].han) {  // letters that spell something
      add(words > p ? number : AddressPart::words, p, p + 1);
      ++p;
      continue;
    }
    // The earliest term that closes a name; at the same end the longer term.
    std::size_t stop = 0;
    AddressPart part = AddressPart::words;
    std::size_t run = p;
    while (run < end && cells[run].han && !(run > p && cells[run].break_before)) ++run;
    if (const Term* own = longest_at<generics>(cells, p, run);
        own && own->part == organisation && own->text.size() >= 2) {
      part = organisation;  // 派出所 without a name
      stop = p + own->text.size();
    }
    for (std::size_t r = p + 1; r < run && !stop; ++r) {
      const Term* g = longest_at<generics>(cells, r, run);
      const Term* d = longest_at<divisions>(cells, r, run);
      if (d && r == p + 1 && cells[p].ch == u'农' && d->text == u"村") d = nullptr;  // 农村信用社
      if (!g && !d && r > p + 1 && numeral(cells[r].ch) >= 0 && building_at(cells, r, run)) {
        part = area;
        stop = r;
        break;
      }
      for (auto title : titles)
        if (!g && !d && at(cells, r, run, title)) {
          part = person;
          stop = r + title.size();
        }
      if (stop) break;
      if (g && d && d->text.size() >= g->text.size()) g = nullptr;  // 街道 is no 街
      if (g) {
        part = g->part;
        stop = r + g->text.size();
        if (const Term* behind = longest_at<divisions>(cells, stop, run); behind && behind->text.size() >= 2) {
          part = division;  // 光谷广场社区
          stop += behind->text.size();
        }
      } else if (d) {
        part = division;
        stop = r + d->text.size();
        // 村 inside a longer name: 钢花村街道, 李村桥社区
        for (std::size_t further = stop; further < run && further < stop + 3; ++further)
          if (const Term* next = longest_at<divisions>(cells, further, run); next && next->text.size() >= 2) {
            stop = further + next->text.size();
            break;
          }
      }
    }
    if (!stop) {
      stop = run;
      // A short word of its own before a telephone number is the name of a person.
      std::size_t digits = run;
      while (digits < end && is_mark(cells[digits].ch)) ++digits;
      if (run - p >= 2 && run - p <= 4 && (p == begin || cells[p].break_before) && digits - run >= 7) part = person;
      if (run - p >= 2 && building_at(cells, run, end)) part = area;  // 翡翠湾3栋
    }
    // 听涛园 alone may as well be a village; with a house or building number behind it is an estate.
    if (after == After::higher_division && part != road && part != division && run - p <= 4 && stop == run &&
        cells[stop - 1].ch &&
        std::u16string_view(u"园苑院楼店厂站").find(cells[stop - 1].ch) != std::u16string_view::npos &&
        (stop == end || !is_mark(cells[stop].ch)))
      part = AddressPart::words;
    if (part == division && after == After::village) part = area;
    if (part == AddressPart::words && after == After::village) part = area;
    add(part, p, stop);
    p = stop;
  }
}

}  // namespace civitas::place_names
