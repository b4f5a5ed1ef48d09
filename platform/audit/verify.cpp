// Whether the trail is whole.
#include <algorithm>
#include <map>

#include "audit/audit.hpp"
#include "audit/batch.hpp"
#include "audit/head.hpp"
#include "base/strings.hpp"

namespace civitas::audit {

namespace {

class Verification {
 public:
  Verification(sql::Connection& c, const Signer& signer) : c_(c), signer_(signer) {}

  Result<Verdict> run(const HeadFile& file) {
    std::vector<Seal> seals;
    std::vector<HeadLine> head;
    bool readable = true;
    {
      // A seal is in the file before it is in the database: neither is read between the two.
      std::optional<HeadFile::Lock> lock;
      if (auto held = file.lock()) lock.emplace(std::move(*held));  // whoever only reads may not have the right
      CIVITAS_TRY(seals, all_seals(c_));
      auto lines = file.lines(signer_);
      readable = lines.has_value();
      if (readable)
        head = std::move(*lines);
      else
        out_.findings.push_back(lines.error().message);
    }
    CIVITAS_CHECK(check_chain(seals));
    if (readable) CIVITAS_CHECK(check_head(seals, head));
    CIVITAS_CHECK(check_rest(seals.empty() ? Seal() : seals.back()));
    CIVITAS_CHECK(check_repeated());
    return std::move(out_);
  }

 private:
  void finding(std::string zh, std::string en) { out_.findings.push_back({std::move(zh), std::move(en)}); }

  Status check_chain(const std::vector<Seal>& seals) {
    std::string previous;
    std::int64_t expected = 1, reached = 0;
    Form form = Form::all;
    for (const Seal& s : seals) {
      const std::string which = std::to_string(s.sequence);
      if (s.sequence != expected)
        finding("缺少第 " + std::to_string(expected) + " 批封存", "batch " + std::to_string(expected) + " is missing");
      if (s.from != reached)
        finding("第 " + which + " 批与前一批不相接", "batch " + which + " does not follow the one before");
      if (s.form < form)
        finding("第 " + which + " 批的格式早于前一批", "batch " + which + " has an older form than the one before");
      form = s.form;
      CIVITAS_TRY(const BatchDigest batch, digest_rows(c_, s.from, s.to, previous, signer_, s.form));
      check_batch(s, batch);
      const auto signature = from_hex(s.signature);
      if (!signature || !signer_.verify(s.key_id, seal_message(s), *signature))
        finding("第 " + which + " 批的签名无效", "the signature of batch " + which + " is not valid");
      previous = s.hash;
      expected = s.sequence + 1;
      reached = s.to;
      out_.entries += batch.count;
      ++out_.batches;
    }
    return {};
  }

  void check_batch(const Seal& s, const BatchDigest& batch) {
    const std::string which = std::to_string(s.sequence);
    const std::string range = std::to_string(s.from) + "–" + std::to_string(s.to - 1);
    const std::string id = std::to_string(batch.first_foreign), rows = std::to_string(batch.foreign);
    if (batch.foreign > 0)
      finding("第 " + which + " 批（" + range + "）有 " + rows + " 行不是本系统写的（如编号 " + id + "）：被改动或插入",
              rows + " rows of batch " + which + " (" + range + ") were not written by this product (such as number " +
                  id + "): changed or inserted");
    if (batch.count + batch.foreign < s.count || (batch.foreign == 0 && batch.count != s.count))
      finding("第 " + which + " 批（" + range + "）应有 " + std::to_string(s.count) + " 行，实有 " +
                  std::to_string(batch.count) + " 行：有行被删除或插入",
              "batch " + which + " (" + range + ") should have " + std::to_string(s.count) + " rows and has " +
                  std::to_string(batch.count) + ": rows were removed or inserted");
    else if (batch.foreign == 0 && batch.hash != s.hash)
      finding("第 " + which + " 批（" + range + "）的内容被改动",
              "a row of batch " + which + " (" + range + ") was changed");
  }

  Status check_head(const std::vector<Seal>& seals, const std::vector<HeadLine>& head) {
    const Seal last = seals.empty() ? Seal() : seals.back();
    if (head.empty()) {
      if (last.sequence > 0)
        finding("没有审计封存头，无法确认末尾未被删去", "there is no head of the trail: its end cannot be confirmed");
      return {};
    }
    // What was sealed and stays: a restore takes back what came after the batch that it names.
    std::map<std::int64_t, const HeadLine*> told;
    for (const auto& line : head) {
      if (line.restored) {
        told.erase(told.upper_bound(line.sequence), told.end());
        out_.remarks.push_back(
            {format_instant(line.at) + " 运维人员说明数据库回到第 " + std::to_string(line.sequence) + " 批：" + line.because,
             format_instant(line.at) + " an operator said that the database was set to batch " +
                 std::to_string(line.sequence) + ": " + line.because});
      }
      if (line.sequence > 0) told[line.sequence] = &line;
    }
    const HeadLine& end = head.back();
    for (const Seal& s : seals)
      if (const auto found = told.find(s.sequence); found != told.end() && found->second->hash != s.hash)
        finding("第 " + std::to_string(s.sequence) + " 批与封存头所记不同",
                "batch " + std::to_string(s.sequence) + " is not the one that the head tells of");
    if (last.sequence > end.sequence)
      finding("第 " + std::to_string(end.sequence) + " 批以后的封存不在封存头中：不是本系统封存的",
              "the head does not know the batches after " + std::to_string(end.sequence) +
                  ": they were not sealed by this product");
    if (end.sequence <= last.sequence) return {};
    // A crash leaves one seal in the file alone, and all of its rows in the database.
    if (end.sequence == last.sequence + 1 && end.from == last.to) {
      CIVITAS_TRY(const auto rows, digest_rows(c_, end.from, end.to, last.hash, signer_, Form::marked));
      if (rows.count == end.count && rows.hash == end.hash) return {};
    }
    finding("封存头记到第 " + std::to_string(end.sequence) + " 批，数据库只到第 " + std::to_string(last.sequence) +
                " 批：末尾被删去、被清空或数据库被退回",
            "the head is at batch " + std::to_string(end.sequence) + " and the database at " +
                std::to_string(last.sequence) + ": the end was cut off, the trail emptied or the database rolled back");
    return {};
  }

  // Rows that no batch holds: before the first, and since the last.
  Status check_rest(const Seal& last) {
    const std::string position = position_column(c_.dialect()), rows = "SELECT count(*) FROM audit_entry WHERE ";
    CIVITAS_TRY(const auto before, c_.query_integer(rows + position + "<0"));
    if (before.value_or(0) > 0)
      finding("有 " + std::to_string(*before) + " 行在第一批之前：是插入的",
              std::to_string(*before) + " rows stand before the first batch: they were inserted");
    CIVITAS_TRY(const auto end, c_.query_integer("SELECT max(" + position + ") FROM audit_entry"));
    if (!end || *end < last.to) return {};
    CIVITAS_TRY(const auto unsealed, digest_rows(c_, last.to, *end + 1, last.hash, signer_, Form::marked));
    out_.unsealed = unsealed.count + unsealed.foreign;
    if (unsealed.foreign > 0)
      finding("尚未封存的记录中有 " + std::to_string(unsealed.foreign) + " 行不是本系统写的（如编号 " +
                  std::to_string(unsealed.first_foreign) + "）：是伪造的",
              std::to_string(unsealed.foreign) +
                  " rows not yet sealed were not written by this product (such as number " +
                  std::to_string(unsealed.first_foreign) + "): they are forged");
    return {};
  }

  // A copy of a row has its mark; the number in it is one row's alone.
  Status check_repeated() {
    CIVITAS_TRY(const auto repeated,
                c_.query_integer("SELECT count(*) FROM (SELECT mark FROM audit_entry WHERE mark<>'' GROUP BY mark HAVING "
                                 "count(*)>1) AS twice"));
    if (repeated.value_or(0) > 0)
      finding("有 " + std::to_string(*repeated) + " 行被重复插入", std::to_string(*repeated) + " rows were inserted again");
    return {};
  }

  sql::Connection& c_;
  const Signer& signer_;
  Verdict out_;
};

}  // namespace

Result<Verdict> verify(sql::Connection& c, const Signer& signer, const HeadFile& head) {
  return Verification(c, signer).run(head);
}

}  // namespace civitas::audit
