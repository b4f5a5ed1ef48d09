// What is shown of messages: to a person inside the pages, and to who looks after the delivery.
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "notify/notify.hpp"

namespace civitas::notify {

namespace {

Problem no_message() {
  return problem(Kind::not_found, "notify.message.not_found", "没有这条消息。", "There is no such message.");
}

// The first three and the last two characters at most.
std::string masked(const std::string& address) {
  const auto whole = to_utf32(address);
  if (whole.size() <= 5) return "***";
  const std::u32string out = whole.substr(0, 3) + U"****" + whole.substr(whole.size() - 2);
  return to_utf8(out);
}

}  // namespace

Status Notify::notices(sql::Connection& c, std::int64_t person, std::string& out) {
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  CIVITAS_CHECK(c.query(
      "SELECT id,at,title_zh,title_en,text,link,is_read FROM notify_notice WHERE person=? ORDER BY id DESC LIMIT 50",
      {person}, [&](const sql::Row& row) {
        w.begin_object().key("id").id(row.integer(0)).key("at").value(format_instant({row.integer(1)}));
        w.key("title").begin_object().key("zh").value(row.text(2)).key("en").value(row.text(3)).end_object();
        w.key("text").value(row.text(4)).key("link").value(row.text(5)).key("read").value(row.integer(6) != 0);
        w.end_object();
        return sql::Continue::yes;
      }));
  CIVITAS_TRY(const auto unread,
              c.query_integer("SELECT count(*) FROM notify_notice WHERE person=? AND is_read=0", {person}));
  w.end_array().key("unread").value(unread.value_or(0)).end_object();
  return {};
}

Status Notify::mark_read(sql::Transaction& t, std::int64_t person, std::int64_t notice) {
  CIVITAS_TRY(const auto changed,
              t.execute("UPDATE notify_notice SET is_read=1 WHERE id=? AND person=?", {notice, person}));
  if (changed == 0) return fail(no_message());
  t.touched("notify_notice", person);
  return {};
}

Status Notify::deliveries(sql::Connection& c, std::string_view state, std::int64_t before, int limit,
                          std::string& out) const {
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  std::int64_t last = 0;
  int count = 0;
  std::vector<sql::Param> params;
  std::string where = "WHERE id<?";
  params.emplace_back(before > 0 ? before : std::int64_t{9'223'372'036'854'775'807});
  if (!state.empty()) {
    where += " AND state=?";
    params.emplace_back(state);
  }
  CIVITAS_CHECK(c.query(
      "SELECT id,at,channel,address,title,kind,about,state,attempts,next_at,error,done_at,person FROM notify_message " +
          where + " ORDER BY id DESC LIMIT " + std::to_string(limit),
      sql::Params(params), [&](const sql::Row& row) {
        last = row.integer(0);
        ++count;
        const auto address = cipher_.open(row.text(3), place("address", row.integer(12)));
        const auto at = [&](int column) -> Json {
          return row.is_null(column) ? Json() : Json(format_instant({row.integer(column)}));
        };
        w.begin_object().key("id").id(last).key("at").value(format_instant({row.integer(1)}));
        w.key("channel")
            .value(row.text(2))
            .key("address")
            .value(!address                   ? ""
                   : row.text(2) == "webhook" ? *address
                                              : masked(*address));
        w.key("title").value(row.text(4)).key("kind").value(row.text(5)).key("about").value(row.text(6));
        w.key("state").value(row.text(7)).key("attempts").value(row.integer(8)).key("next_at").tree(at(9));
        w.key("error").value(row.is_null(10) ? "" : row.text(10)).key("done_at").tree(at(11)).end_object();
        return sql::Continue::yes;
      }));
  w.end_array().key("next");
  if (count == limit)
    w.id(last);
  else
    w.null();
  w.key("counts").begin_object();
  CIVITAS_CHECK(
      c.query("SELECT state,count(*) FROM notify_message GROUP BY state ORDER BY state", {}, [&](const sql::Row& row) {
        w.key(row.text(0)).value(row.integer(1));
        return sql::Continue::yes;
      }));
  w.end_object().key("channels").begin_array();
  for (const Channel channel : {Channel::email, Channel::sms, Channel::webhook})
    if (has(channel)) w.value(channel_name(channel));
  w.end_array().end_object();
  return {};
}

Status Notify::send_again(sql::Transaction& t, std::int64_t id) {
  CIVITAS_TRY(const auto row, t.query_row("SELECT state,channel,secret FROM notify_message WHERE id=?", {id}));
  if (!row) return fail(no_message());
  const std::string state(std::get<std::string>((*row)[0])), channel(std::get<std::string>((*row)[1]));
  const bool secret = std::get<std::int64_t>((*row)[2]) != 0;
  const Channel way = channel_of(channel).value_or(Channel::app);
  if ((state != "failed" && state != "off") || secret)
    return fail(problem(Kind::unprocessable, "notify.message.done",
                        "只有发送失败或当时未开通的消息可以重新发送；验证码不能重发。",
                        "Only messages that failed, or whose channel was off, can be sent again; codes cannot."));
  if (!has(way))
    return fail(problem(Kind::unprocessable, "notify.channel.off", "这个发送渠道还没有在配置中开通。",
                        "This channel is not set up in the configuration."));
  CIVITAS_CHECK(t.execute(
      "UPDATE notify_message SET state='waiting',attempts=0,next_at=?,expires_at=NULL,error=NULL,reference=NULL,"
      "done_at=NULL WHERE id=?",
      {clock_.now().micros, id}));
  t.after_commit([this, way] { wake(way); });
  return {};
}

}  // namespace civitas::notify
