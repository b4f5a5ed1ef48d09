#include "exchange/test_exchange.hpp"
#include "exchange/values.hpp"

namespace civitas::exchange {
namespace {

class PreviewTest : public ExchangeTest {
 protected:
  Json import_chosen(const fs::path& source, Mode mode, const std::string& choice) {
    auto folder = importer_->new_folder();
    EXPECT_TRUE(folder);
    fs::copy_file(source, *folder / "upload");
    ImportRequest request{"town/place", *folder / "upload", mode, 7, Language::zh, source.filename().string()};
    auto chosen = choice_of(Json::parse(choice).value_or(Json("bad")));
    EXPECT_TRUE(chosen);
    request.choice = *chosen;
    std::int64_t id = 0;
    EXPECT_TRUE(jobs_->start());
    EXPECT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(id, jobs_->enqueue(t, import_kind, {"导入", "Import"}, Importer::input_of(request), 7));
      return {};
    }));
    errors_ = *folder / "errors.xlsx";
    const Json out = finished(id);
    jobs_->stop();
    return out;
  }
  Json shown(const fs::path& file, const std::string& choice = "{}") {
    auto chosen = choice_of(Json::parse(choice).value_or(Json("bad")));
    EXPECT_TRUE(chosen);
    auto out = preview(*place_, file, *chosen);
    EXPECT_TRUE(out) << out.error().reason;
    return out ? *out : Json();
  }
  static std::string fields_of(const Json& shown) {
    std::string out;
    for (const auto& column : shown["columns"].as_array())
      out += column["column"].as_string() + "=" + (column["field"].is_null() ? "-" : column["field"].as_string()) + " ";
    return out;
  }
  static std::string about(const Json& shown) {
    std::string out;
    for (const auto& question : shown["questions"].as_array()) out += question["about"].as_string() + " ";
    return out;
  }
};

constexpr const char* titled = "某市地名表,,\r\n序号,详细地址,类别\r\n1,甲,街巷\r\n2,乙,桥梁\r\n";

TEST_P(PreviewTest, FindsTheHeadBelowATitleAndAsksAboutUnknownColumns) {
  write(root_ / "t.csv", titled);
  const Json first = shown(root_ / "t.csv");
  EXPECT_EQ(first["head_row"].as_integer(), 2) << first.dump();
  EXPECT_EQ(fields_of(first), "A=- B=- C=kind ");
  EXPECT_EQ(about(first), "columns columns ");
  EXPECT_EQ(first["missing"].dump(), "[\"name\"]");
  EXPECT_EQ(first["top"].as_array().size(), 4u);
  EXPECT_EQ(first["columns"].as_array()[1]["sample"].dump(), "[\"甲\",\"乙\"]");
  const Json answered = shown(root_ / "t.csv", R"({"head_row":2,"columns":{"name":"B","kind":"c"}})");
  EXPECT_EQ(fields_of(answered), "A=- B=name C=kind ");
  EXPECT_EQ(about(answered), "");
  EXPECT_EQ(answered["missing"].dump(), "[]");
  // Without an answer nothing is guessed.
  EXPECT_EQ(import(root_ / "t.csv", Mode::good)["result"]["reason"].as_string(), "exchange.import.column_unknown");
  const Json done = import_chosen(root_ / "t.csv", Mode::good,
                                  R"({"head_row":2,"columns":{"name":"B","kind":"C","lanes":"#"},"values":{"open":true}})");
  EXPECT_EQ(done["result"]["good"].as_integer(), 2) << done.dump();
  EXPECT_EQ(number("SELECT lanes FROM town_place WHERE name='乙'"), 4) << "the number of the row";
  EXPECT_TRUE(records(*place_).at(0)["open"].as_bool());
}

TEST_P(PreviewTest, NoHeadIsAQuestion) {
  write(root_ / "n.csv", "甲,街巷\r\n乙,桥梁\r\n");
  const Json first = shown(root_ / "n.csv");
  EXPECT_TRUE(first["head_row"].is_null());
  EXPECT_EQ(about(first), "head_row ");
  EXPECT_EQ(fields_of(shown(root_ / "n.csv", R"({"head_row":0})")), "A=- B=- ");
  EXPECT_EQ(import_chosen(root_ / "n.csv", Mode::good, R"({"head_row":0})")["result"]["reason"].as_string(),
            "exchange.import.choice");
  const Json done = import_chosen(root_ / "n.csv", Mode::good, R"({"head_row":0,"columns":{"name":"A","kind":"B"}})");
  EXPECT_EQ(done["result"]["good"].as_integer(), 2) << done.dump();
}

TEST_P(PreviewTest, AWrongChoiceIsTold) {
  write(root_ / "t.csv", titled);
  const auto reason = [&](const std::string& choice) {
    return import_chosen(root_ / "t.csv", Mode::check, choice)["result"]["reason"].as_string();
  };
  EXPECT_EQ(reason(R"({"head_row":9})"), "exchange.import.head_row");
  EXPECT_EQ(reason(R"({"head_row":2,"columns":{"nothing":"A"}})"), "exchange.import.field_unknown");
  EXPECT_EQ(reason(R"({"head_row":2,"columns":{"code":"A"}})"), "exchange.import.field_unknown");
  EXPECT_EQ(reason(R"({"head_row":2,"columns":{"name":"7"}})"), "exchange.import.choice");
  EXPECT_EQ(reason(R"({"head_row":2,"columns":{"name":"A","kind":"A"}})"), "exchange.import.choice");
  for (const char* bad : {R"({"sheets":"a"})", R"({"head_row":-1})", R"({"columns":[]})", R"({"values":1})", "[]"})
    EXPECT_FALSE(choice_of(*Json::parse(bad))) << bad;
}

TEST_P(PreviewTest, AColumnWithoutHeadIsNotPassedOverInSilence) {
  const Json told = import_text("标准名称,,类别\r\n甲,东西,街巷\r\n乙,,街巷\r\n", Mode::check);
  EXPECT_EQ(told["result"]["good"].as_integer(), 1) << told.dump();
  EXPECT_EQ(told["result"]["errors"].as_array().at(0)["reason"].as_string(), "exchange.import.cell_without_head");
}

TEST_P(PreviewTest, DatesAreReadTheSameFromEveryKindOfFile) {
  const Json csv = import_text(
      "标准名称,类别,批准日期,始建,长度\r\n甲,街巷,2024/5/1 0:00,２０２４／５／１,１２．５\r\n乙,街巷,　２０２４年５月１日　,1949,\r\n", Mode::good);
  EXPECT_EQ(csv["result"]["good"].as_integer(), 2) << csv.dump();
  write(root_ / "d.geojson",
        R"({"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"name":"丙","kind":"10","approved_on":"2024-05-01T00:00:00"}}]})");
  EXPECT_EQ(import(root_ / "d.geojson", Mode::good)["result"]["good"].as_integer(), 1);
  for (const auto& record : records(*place_)) EXPECT_EQ(record["approved_on"].as_string(), "2024-05-01") << record.dump();
}

TEST_P(PreviewTest, AFileThatNamesAnotherCoordinateSystemIsRefused) {
  const auto reason = [&](const std::string& crs, bool behind = false) {
    const std::string member = "\"crs\":" + crs;
    const std::string features =
        R"("features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[114.3,30.5]},"properties":{"name":"甲","kind":"10"}}])";
    write(root_ / "c.geojson",
          "{\"type\":\"FeatureCollection\"," + (behind ? features + "," + member : member + "," + features) + "}");
    const Json done = import(root_ / "c.geojson", Mode::check);
    return done["state"].as_string() == "failed" ? done["result"]["reason"].as_string() : done["state"].as_string();
  };
  const auto named = [](const std::string& name) {
    return R"({"type":"name","properties":{"name":")" + name + "\"}}";
  };
  for (const char* own : {"urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490",
                          "http://www.opengis.net/def/crs/EPSG/0/4490"})
    EXPECT_EQ(reason(named(own)), "done") << own;
  EXPECT_EQ(reason("null"), "done");
  for (const char* other : {"urn:ogc:def:crs:EPSG::4214", "EPSG:4610", "GCJ-02", "EPSG:4526", "EPSG:14490", "BD09"})
    for (const bool behind : {false, true}) EXPECT_EQ(reason(named(other), behind), "exchange.import.crs") << other;
  EXPECT_EQ(reason(R"({"type":"EPSG","properties":{"code":4214}})"), "exchange.import.crs");
  EXPECT_EQ(reason(R"({"type":"link","properties":{"href":"http://example.com/crs/42"}})"), "exchange.import.crs");
}

TEST_P(PreviewTest, ALineBreakIsCalledOneAndItsCellIsNamed) {
  const Json told = import_text("编号,标准名称,类别\r\nA1,\"上\n下\",街巷\r\nA2,\"上\t下\",街巷\r\n", Mode::check);
  ASSERT_EQ(told["result"]["errors"].as_array().size(), 2u) << told.dump();
  const Json& first = told["result"]["errors"].as_array()[0];
  EXPECT_EQ(first["reason"].as_string(), "entities.field.line_break");
  EXPECT_NE(first["detail"].as_string().find("单元格 B2："), std::string::npos) << first.dump();
  EXPECT_NE(first["detail"].as_string().find("换行"), std::string::npos);
  EXPECT_EQ(told["result"]["errors"].as_array()[1]["reason"].as_string(), "entities.field.tab");
}

TEST_P(PreviewTest, ACellIsReadAsItsSheetShowsIt) {
  const auto read = [&](const char* field, const documents::Cell& cell) {
    return read_plain_cell(*catalog_, *place_, *place_->field(field), cell);
  };
  const auto uncomputed = read("name", documents::Cell(documents::CellKind::error, "=A2&B2"));
  ASSERT_FALSE(uncomputed);
  EXPECT_EQ(uncomputed.error().reason, "exchange.import.formula");
  EXPECT_NE(uncomputed.error().message.zh.find("=A2&B2"), std::string::npos);
  documents::Cell zeros = documents::Cell::number("42");
  zeros.format = "00000";
  EXPECT_EQ(read("name", zeros)->as_string(), "00042");
  EXPECT_EQ(read("lanes", zeros)->as_integer(), 42);
  documents::Cell percent = documents::Cell::number("0.5");
  percent.format = "0%";
  EXPECT_EQ(read("name", percent)->as_string(), "50%");
  EXPECT_EQ(read("length", percent)->as_number(), 0.5);
  documents::Cell kind = documents::Cell::number("10");
  kind.format = "0.00";
  EXPECT_EQ(read("kind", kind)->as_string(), "10") << "a code that the format dresses is found without the dress";
}

INSTANTIATE_TEST_SUITE_P(Engines, PreviewTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::exchange
