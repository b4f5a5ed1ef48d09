#include "place_names/engine/placement.hpp"

#include <algorithm>
#include <unordered_map>

#include "place_names/engine/suffix.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

std::uint64_t signature_bit(char16_t c) { return 1ull << ((c * 0x9E3779B1u) >> 26); }

/// Numbers of the endings that begin with a character, in the order of the table.
std::span<const std::uint8_t> suffixes_from(char16_t c) {
  static const auto by_first = [] {
    std::unordered_map<char16_t, std::vector<std::uint8_t>> lists;
    for (std::size_t s = 1; s < suffixes().size(); ++s)
      lists[suffixes()[s].text[0]].push_back(static_cast<std::uint8_t>(s));
    return lists;
  }();
  const auto found = by_first.find(c);
  if (found == by_first.end()) return {};
  return found->second;
}

constexpr float syllable_surprise = 4.0f;  // about 400 syllables, unevenly used
constexpr float letter_surprise = 2.5f;
/// Chance may also draw evenly from all characters: none is rarer than that.
constexpr float most_surprise = 8.5f;

/// Characters by which neighbours that share a name are told apart: 新华东村 is no slip for 新华村.
bool tells_apart(char16_t c) {
  return numeral(c) >= 0 ||
         std::u16string_view(u"东西南北中上下前后左右大小新老旧").find(c) != std::u16string_view::npos;
}

}  // namespace

void Placements::add(const Placement& p) {
  for (std::uint8_t i = 0; i < count; ++i)
    if (place[i].begin == p.begin && place[i].core_end == p.core_end) {
      if (p.evidence > place[i].evidence) place[i] = p;
      return;
    }
  if (count < place.size()) {
    place[count++] = p;
  } else {
    auto worst = std::min_element(place.begin(), place.end(),
                                  [](const Placement& a, const Placement& b) { return a.evidence < b.evidence; });
    if (worst->evidence < p.evidence) *worst = p;
  }
}

void TextView::prepare(const IndexFile& index, const CharTable& table, std::string_view text, Spelling spelling,
                       Brackets brackets) {
  index_ = &index;
  table_ = &table;
  read_cells(text, table, spelling, brackets, cells);
  ready_for_damages_ = false;
  signature_ = spelled_ = 0;
  initials_ = false;
  char16_t before = 1;
  const auto all = suffixes();
  for (std::size_t i = 0; i <= cells.count; ++i) suffix_at_[i].fill(0);
  for (std::size_t i = 0; i < cells.count; ++i) {
    const Cell& cell = cells[i];
    if (cell.ch) {
      signature_ |= signature_bit(cell.ch);
      first_[i] = std::min(index.surprise(1, cell.ch), most_surprise);
      next_[i] = before ? std::min(index.surprise(before, cell.ch), first_[i] + 1.0f) : first_[i];
    } else {
      first_[i] = next_[i] = cell.sound ? syllable_surprise : letter_surprise;
      if (cell.sound) spelled_ |= signature_bit(cell.sound);
      initials_ = initials_ || !cell.sound;
    }
    before = cell.ch;
    auto read_suffix = [&](std::size_t s) {
      const auto& suffix = all[s];
      if (i + suffix.text.size() > cells.count) return;
      for (std::size_t k = 0; k < suffix.text.size(); ++k) {
        const Cell& c = cells[i + k];
        const char16_t want = suffix.text[k];
        if (c.ch      ? c.ch != want
            : c.sound ? !table.has_sound(want, c.sound)
                      : c.initial != table.initial(table.sound(want)))
          return;
      }
      for (int level = 1; level <= 5; ++level)
        if ((suffix.levels >> level & 1) && !suffix_at_[i][static_cast<std::size_t>(level)])
          suffix_at_[i][static_cast<std::size_t>(level)] = static_cast<std::uint8_t>(s);
    };
    if (cell.ch)
      for (auto s : suffixes_from(cell.ch)) read_suffix(s);
    else
      for (std::size_t s = 1; s < all.size(); ++s) read_suffix(s);
  }
  window_ = signature_;
}

bool TextView::finish(const Node& node, const Form& form, Placement& p) const {
  const auto& w = *index_->calibration;
  p.end = p.core_end;
  if (form.kind == FormKind::old) {
    p.damage |= old_name;
    p.loss += w.old_name;
  } else if (form.kind == FormKind::alias) {
    p.damage |= alias;
  } else if (form.kind == FormKind::shorter) {
    p.damage |= shorter_name;
    p.evidence -= 0.3f;
  }
  if (node.level > 5) return true;
  const auto s = suffix_at_[p.core_end][node.level];
  const auto all = suffixes();
  if (s) {
    p.end = static_cast<std::uint8_t>(p.core_end + all[s].text.size());
    if (form.suffix && all[s].group == all[form.suffix].group) {
      p.evidence += w.suffix_bonus;
    } else if (form.kind == FormKind::old && form.suffix) {
      return false;  // 武昌区 is not the former 武昌县
    } else if (form.suffix) {
      p.damage |= suffix_differs;
      p.evidence += w.suffix_bonus - w.suffix_differs;
      p.loss += w.suffix_differs;
    } else {
      p.evidence += w.suffix_bonus * 0.5f;
    }
  } else if (form.kind == FormKind::old && form.suffix) {
    return false;
  } else if (form.suffix) {
    p.damage |= suffix_missing;
    // 复兴 in 复兴镇 is the town and not the village of the same name.
    for (std::size_t level = 1; level <= 4; ++level)
      if (level != node.level && suffix_at_[p.core_end][level]) {
        if (node.level >= 4) return false;
        p.evidence -= 4;
        break;
      }
  }
  return true;
}

void TextView::place_exactly(std::uint32_t id, Placements& out) const {
  const Node& node = index_->nodes[id];
  for (const Form& form : index_->forms_of(id)) {
    const auto core = index_->chars_of(form);
    if (core.size() > cells.count || !(signature_ & signature_bit(core[0])) ||
        !(signature_ & signature_bit(core.back())))
      continue;
    for (std::size_t i = 0; i + core.size() <= cells.count; ++i) {
      if (cells[i].ch != core[0]) continue;
      bool fits = true;
      for (std::size_t k = 1; fits && k < core.size(); ++k) fits = cells[i + k].ch == core[k];
      if (!fits) continue;
      // 鄂 and 汉 stand for a province or city only where a text or a part of it begins.
      if (core.size() == 1 && !(form.kind == FormKind::alias && (i == 0 || cells[i].break_before))) continue;
      Placement p;
      p.begin = static_cast<std::uint8_t>(i);
      p.core_end = static_cast<std::uint8_t>(i + core.size());
      p.evidence = first_[i];
      for (std::size_t k = 1; k < core.size(); ++k) p.evidence += next_[i + k];
      const Placement plain = p;
      if (finish(node, form, p)) out.add(p);
      // 阳阳镇, 西岭湾村: a character too many in front of the ending.
      if ((p.damage & suffix_missing) && core.size() >= 2 && p.core_end + 1u < cells.count && cells[p.core_end].han &&
          !cells[p.core_end].break_before && !cells[p.core_end + 1u].break_before &&
          suffix_at_[p.core_end + 1u][node.level] && !suffix_at_[p.core_end][node.level] &&
          !tells_apart(cells[p.core_end].ch)) {
        Placement q = plain;
        ++q.core_end;
        q.damage |= extra_char;
        if (cells[p.core_end].ch != core.back()) q.damage |= extra_at_end;
        q.evidence -= index_->calibration->extra_char;
        q.loss += index_->calibration->extra_char;
        // 幸福岭村 is as likely a village of its own as 幸福村 with a slip.
        if ((q.damage & extra_at_end) && node.level == 5 && core.size() < 3) continue;
        if (finish(node, form, q) && !(q.damage & suffix_differs)) out.add(q);
      }
    }
  }
}

void TextView::look_outside(Mask taken) {
  window_ = 0;
  for (std::size_t i = 0; i < cells.count; ++i)
    if (cells[i].ch && !((taken >> i) & 1)) window_ |= signature_bit(cells[i].ch);
}

bool TextView::may_hold(std::uint32_t id) const {
  if (initials_) return true;
  const auto& node = index_->nodes[id];
  if (node.form_count == 0) return false;
  const auto core = index_->chars_of(index_->forms[node.form_begin]);
  std::size_t common = 0;
  for (char16_t c : core) {
    bool held = window_ & signature_bit(c);
    if (!held && spelled_)
      for (auto sound : table_->row(c).sounds) held = held || (sound && (spelled_ & signature_bit(sound)));
    common += held;
  }
  return common * 2 >= core.size();
}

void TextView::prepare_loosely() {
  const auto& w = *index_->calibration;
  cost_ = {Cost{w.substitution, wrong_char},
           {0, 0},
           {w.same_sound, same_sound},
           {w.similar_shape, similar_shape},
           {w.loose_sound, same_sound},
           {w.pinyin, spelled},
           {w.initial, spelled}};
  for (std::size_t i = 0; i < cells.count; ++i) outline_[i] = cells[i].ch ? outline(cells[i].ch) : Outline{};
  known_.fill({});
  stand_ins_.clear();
  ready_for_damages_ = true;
}

TextView::Outline TextView::outline(char16_t c) const {
  const auto& facts = table_->row(c);
  Outline o{signature_bit(c), 0, 0};
  for (auto sound : facts.sounds)
    if (sound) o.sounds |= signature_bit(table_->loose(sound));
  for (auto alike : facts.lookalikes)
    if (alike) o.lookalikes |= signature_bit(alike);
  return o;
}

TextView::Likeness TextView::likeness(const Cell& cell, char16_t c, bool heard, bool seen) const {
  if (cell.ch == c) return same;
  if (cell.ch == 0) {
    if (cell.sound && table_->has_sound(c, cell.sound)) return syllable;
    const auto sound = table_->sound(c);
    return cell.initial && sound && table_->initial(sound) == cell.initial ? initial : other;
  }
  if (!cell.han) return other;
  if (heard && table_->same_sound(cell.ch, c)) return sounds_same;
  if (seen && table_->lookalike(cell.ch, c)) return looks_alike;
  return heard && table_->loosely_same_sound(cell.ch, c) ? sounds_alike : other;
}

std::span<const TextView::StandIn> TextView::stand_ins(char16_t c) {
  auto& known = known_[c % known_.size()];
  if (known.c != c) {
    known.c = c;
    known.begin = static_cast<std::uint32_t>(stand_ins_.size());
    const auto shape = outline(c);
    for (std::size_t i = 0; i < cells.count; ++i) {
      const Outline& own = outline_[i];
      const bool heard = own.sounds & shape.sounds,
                 seen = (own.lookalikes & shape.self) | (own.self & shape.lookalikes);
      if (cells[i].ch && cells[i].ch != c && !heard && !seen) continue;
      if (const auto found = likeness(cells[i], c, heard, seen); found != other)
        stand_ins_.push_back({static_cast<std::uint8_t>(i), found});
    }
    known.end = static_cast<std::uint32_t>(stand_ins_.size());
  }
  return std::span<const StandIn>(stand_ins_).subspan(known.begin, known.end - known.begin);
}

void TextView::place_loosely(std::uint32_t id, Mask taken, Placements& out) {
  if (!ready_for_damages_) prepare_loosely();
  const Node& node = index_->nodes[id];
  const auto& w = *index_->calibration;
  constexpr std::size_t longest = 20;
  constexpr float never = -1e6f;
  constexpr float least = -2;  // evidence of a place worth a look
  struct State {
    float value;
    std::uint16_t damage;
    std::uint8_t begin;
    float loss;
  };
  std::size_t forms = 0;
  for (const Form& form : index_->forms_of(id)) {
    if (form.kind == FormKind::old || ++forms > 2) continue;
    const auto core = index_->chars_of(form);
    const std::size_t m = core.size();
    if (m < 2 || m > longest) continue;
    // What each character of the name finds in the text, and the most that all of them together may be worth.
    std::array<Likeness, max_cells * longest> alike;  // by cell, then by character
    std::fill_n(alike.begin(), cells.count * m, other);
    float most = 0;
    for (std::size_t k = 0; k < m; ++k) {
      float gain = -std::min(w.substitution, w.missing_char);
      for (const auto [j, found] : stand_ins(core[k])) {
        if ((taken >> j) & 1) continue;
        alike[j * m + k] = found;
        gain = std::max(gain, std::max(first_[j], next_[j]) - cost_[found].loss);
      }
      most += gain;
    }
    if (most < least - 0.1f) continue;
    // Sellers' alignment: the name against every piece of the text, most evidence first. rows[k]: k
    // characters used.
    State rows[3][longest + 1];
    State *before = rows[0], *row = rows[1], *older = rows[2];
    // The best piece anywhere, and the best one with an ending of the level behind it: 韩岗岗|镇 is worth a
    // look even if 韩岗 alone agrees better.
    State best[2] = {{never, 0, 0, 0}, {never, 0, 0, 0}};
    std::size_t best_end[2] = {0, 0};
    auto reset = [&](State* s, std::size_t at) {
      s[0] = {0, 0, static_cast<std::uint8_t>(at), 0};
      for (std::size_t k = 1; k <= m; ++k)
        s[k] = {s[k - 1].value - w.missing_char, static_cast<std::uint16_t>(s[k - 1].damage | missing_char),
                static_cast<std::uint8_t>(at), s[k - 1].loss + w.missing_char};
    };
    reset(before, 0);
    for (std::size_t k = 0; k <= m; ++k) older[k] = {never, 0, 0, 0};
    for (std::size_t j = 0; j < cells.count; ++j) {
      const Cell& cell = cells[j];
      if ((taken >> j) & 1) {
        reset(before, j + 1);
        for (std::size_t k = 0; k <= m; ++k) older[k].value = never;
        continue;
      }
      row[0] = {0, 0, static_cast<std::uint8_t>(j + 1), 0};
      for (std::size_t k = 1; k <= m; ++k) {
        const char16_t c = core[k - 1];
        const auto found = alike[j * m + k - 1];
        const auto [loss, damage] = cost_[found];
        const float gain = (found == other ? 0.0f : k == 1 ? first_[j] : next_[j]) - loss;
        State to = {before[k - 1].value + gain, static_cast<std::uint16_t>(before[k - 1].damage | damage),
                    before[k - 1].begin, before[k - 1].loss + loss};
        if (const float v = row[k - 1].value - w.missing_char; v > to.value)
          to = {v, static_cast<std::uint16_t>(row[k - 1].damage | missing_char), row[k - 1].begin,
                row[k - 1].loss + w.missing_char};
        if (const float v = before[k].value - w.extra_char; k < m && v > to.value)
          to = {v, static_cast<std::uint16_t>(before[k].damage | extra_char), before[k].begin,
                before[k].loss + w.extra_char};
        if (k > 1 && j > 0 && cell.ch && cell.ch == core[k - 2] && cells[j - 1].ch == c && cell.ch != c) {
          const float v = older[k - 2].value + next_[j] + next_[j - 1] - w.swapped;
          if (v > to.value)
            to = {v, static_cast<std::uint16_t>(older[k - 2].damage | swapped), older[k - 2].begin,
                  older[k - 2].loss + w.swapped};
        }
        row[k] = to;
      }
      const bool closed = node.level <= 5 && suffix_at_[j + 1][node.level];
      if (row[m].value > best[closed].value) {
        best[closed] = row[m];
        best_end[closed] = j + 1;
      }
      std::swap(older, before);
      std::swap(before, row);
    }
    for (int closed = 0; closed < 2; ++closed) {
      if (best[closed].value < least || best_end[closed] == 0 || best_end[closed] <= best[closed].begin) continue;
      Placement p;
      p.begin = best[closed].begin;
      p.core_end = static_cast<std::uint8_t>(best_end[closed]);
      p.evidence = best[closed].value;
      p.loss = best[closed].loss;
      p.damage = best[closed].damage;
      if (finish(node, form, p)) out.add(p);
    }
  }
}

}  // namespace civitas::place_names
