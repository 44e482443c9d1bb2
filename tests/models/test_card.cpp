// The model card: what is read, what is written back, and every rule that refuses one.

#include <QTest>

#include <limits>

#include "core/error.h"
#include "models/card.h"

using namespace galatea;

namespace {

Json goodCard() {
    return Json::parse(R"({"format": 1, "family": "astrovader", "name": "small",
        "input": {"channels": 2, "height": 64, "width": 48, "bands": ["g", "r"], "offset": [0.5, -1],
                  "scale": [2, -0.25], "stretch": "asinh", "pixel_scale": 0.2},
        "latent": 3, "methods": ["encode", "decode"], "options": {"filters": [4, 8], "loss": "mse"},
        "mixture": {"weights": [0.75, 0.25], "means": [[0, 1, 2], [3, 4, 5]],
                    "variances": [[1, 1, 1], [0.5, 2, 0.1]], "fitted_by": "em"},
        "training": {"seed": 7}, "metrics": {"mse": 0.01}, "remark": {"a": [1, {"b": null}]}})");
}

/// The error of reading the text; empty if it was accepted.
std::string refusal(const std::string& text, CardRules rules = CardRules::Complete) {
    try {
        parseCard(text, "galaxy.pt", rules);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

std::string nested(size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

} // namespace

class TestCard : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void readsEveryField();
    void keepsWhatItDoesNotKnow();
    void writesWhatItReads();
    void refuses_data();
    void refuses();
    void limitsOfSizeAndDepth();
    void numbersBeyondDouble();
    void partialCards();
    void refusesToWriteBadCards();
    void weightsRoundedToFloatAreMadeToAddUp();
};

void TestCard::readsEveryField() {
    const ModelCard card = parseCard(goodCard().dump(), "galaxy.pt");
    QCOMPARE(card.format, 1);
    QCOMPARE(card.family, std::string("astrovader"));
    QCOMPARE(card.name, std::string("small"));
    QCOMPARE(card.input.channels, 2);
    QCOMPARE(card.input.height, 64);
    QCOMPARE(card.input.width, 48);
    QCOMPARE(card.input.bands, (std::vector<std::string>{"g", "r"}));
    QCOMPARE(card.input.offset, (std::vector<double>{0.5, -1}));
    QCOMPARE(card.input.scale, (std::vector<double>{2, -0.25}));
    QCOMPARE(card.input.stretch, std::string("asinh"));
    QVERIFY(!card.input.bottomUp);
    Json below = goodCard();
    below["input"]["row_order"] = "bottom-up";
    const ModelCard fromBelow = parseCard(below.dump(), "galaxy.pt");
    QVERIFY(fromBelow.input.bottomUp);
    QVERIFY(parseCard(cardText(fromBelow), "again").input.bottomUp);
    QVERIFY(!Json::parse(cardText(card))["input"].contains("row_order"));
    QCOMPARE(card.latent, 3);
    QVERIFY(card.can("encode") && card.can("decode") && !card.can("score"));
    QCOMPARE(card.options["filters"][1].get<int>(), 8);
    QCOMPARE(card.mixture.components, 2);
    QCOMPARE(card.mixture.dimensions, 3);
    QCOMPARE(card.mixture.weights, (std::vector<double>{0.75, 0.25}));
    QCOMPARE(card.mixture.means, (std::vector<double>{0, 1, 2, 3, 4, 5}));
    QCOMPARE(card.mixture.variances, (std::vector<double>{1, 1, 1, 0.5, 2, 0.1}));
    QCOMPARE(card.training["seed"].get<int>(), 7);
    QCOMPARE(card.metrics["mse"].get<double>(), 0.01);
}

void TestCard::keepsWhatItDoesNotKnow() {
    const Json again = Json::parse(cardText(parseCard(goodCard().dump(), "galaxy.pt")));
    QVERIFY(again["remark"] == goodCard()["remark"]);
    QCOMPARE(again["input"]["pixel_scale"].get<double>(), 0.2);
    QCOMPARE(again["mixture"]["fitted_by"].get<std::string>(), std::string("em"));
}

void TestCard::writesWhatItReads() {
    const Json again = Json::parse(cardText(parseCard(goodCard().dump(), "galaxy.pt")));
    QVERIFY2(again == goodCard(), again.dump().c_str());
    Json plain = goodCard();
    plain.erase("mixture");
    QVERIFY(!Json::parse(cardText(parseCard(plain.dump(), "galaxy.pt"))).contains("mixture"));
}

void TestCard::refuses_data() {
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("value"); // empty: the key is taken away
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* pointer, const char* value, const char* says) {
        QTest::newRow(name) << pointer << value << says;
    };
    row("newer format", "/format", "999", "format 999");
    row("format 0", "/format", "0", "format");
    row("format is text", "/format", "\"1\"", "format");
    row("format is no whole number", "/format", "1.5", "format");
    row("format beyond 64 bits", "/format", "123456789012345678901234567890", "format");
    row("format 2^63", "/format", "9223372036854775808", "format");
    row("no format", "/format", "", "format");
    row("unknown family", "/family", "\"gan9\"", "gan9");
    row("no family", "/family", "", "family");
    row("name is a number", "/name", "3", "name");
    row("input is text", "/input", "\"64x64\"", "input");
    row("no input", "/input", "", "input");
    row("no height", "/input/height", "", "height");
    row("height 0", "/input/height", "0", "height");
    row("width negative", "/input/width", "-32", "width");
    row("height 4097", "/input/height", "4097", "4096");
    row("channels 0", "/input/channels", "0", "channels");
    row("bands too many", "/input/bands", R"(["g","r","i"])", "bands");
    row("bands is text", "/input/bands", "\"gr\"", "bands");
    row("bands holds a number", "/input/bands", "[1,2]", "bands");
    row("offset is text", "/input/offset", "\"0\"", "offset");
    row("offset too long", "/input/offset", "[0,0,0]", "offset");
    row("offset beyond float", "/input/offset", "[0,1e39]", "offset");
    row("scale 0", "/input/scale", "[1,0]", "scale");
    row("scale below float", "/input/scale", "[1,1e-300]", "scale");
    row("scale too short", "/input/scale", "[1]", "scale");
    row("scale null", "/input/scale", "[1,null]", "scale");
    row("stretch is a list", "/input/stretch", "[]", "stretch");
    row("rows in no order", "/input/row_order", "\"sideways\"", "row_order");
    row("latent 0", "/latent", "0", "latent");
    row("latent 65537", "/latent", "65537", "latent");
    row("latent negative", "/latent", "-4", "latent");
    row("no latent", "/latent", "", "latent");
    row("methods is text", "/methods", "\"encode\"", "methods");
    row("a method twice", "/methods", R"(["encode","encode"])", "methods");
    row("no methods", "/methods", "", "methods");
    row("options is a list", "/options", "[]", "options");
    row("mixture is a list", "/mixture", "[]", "mixture");
    row("mixture of another dimension", "/latent", "4", "mixture");
    row("mixture without weights", "/mixture/weights", "[]", "weights");
    row("weights negative", "/mixture/weights", "[1.5,-0.5]", "weight");
    row("weights zero", "/mixture/weights", "[1,0]", "weight");
    row("weights add up to 2", "/mixture/weights", "[1,1]", "add up");
    row("one weight too many", "/mixture/weights", "[0.5,0.25,0.25]", "means");
    row("one mean", "/mixture/means", "[[0,1,2]]", "means");
    row("means ragged", "/mixture/means", "[[0,1,2],[3,4]]", "means");
    row("means flat", "/mixture/means", "[0,1,2,3,4,5]", "means");
    row("variance zero", "/mixture/variances", "[[1,1,0],[1,1,1]]", "variance");
    row("variance negative", "/mixture/variances", "[[1,1,1],[1,-1,1]]", "variance");
    row("no variances", "/mixture/variances", "", "variances");
    row("training is text", "/training", "\"long\"", "training");
    row("metrics is a number", "/metrics", "1", "metrics");
}

void TestCard::refuses() {
    QFETCH(QString, pointer);
    QFETCH(QString, value);
    QFETCH(QString, says);
    const Json::json_pointer at(pointer.toStdString());
    Json json = goodCard();
    if (value.isEmpty())
        json[at.parent_pointer()].erase(at.back());
    else
        json[at] = Json::parse(value.toStdString());
    // Only the text knows numbers that the parsed value has lost already.
    const std::string fault = refusal(json.dump());
    QVERIFY2(fault.starts_with("galaxy.pt: "), fault.c_str());
    QVERIFY2(fault.find(says.toStdString()) != std::string::npos, fault.c_str());
}

void TestCard::limitsOfSizeAndDepth() {
    const auto with = [](const std::string& value) {
        std::string text = goodCard().dump();
        return text.replace(text.rfind('}'), 1, ",\"deep\":" + value + "}");
    };
    QCOMPARE(refusal(with(nested(31))), std::string()); // the card itself is the 32nd level
    QVERIFY(refusal(with(nested(32))).find("deeper") != std::string::npos);
    QVERIFY(refusal(with(nested(200000))).find("deeper") != std::string::npos);
    std::string objects;
    for (int i = 0; i < 100000; ++i)
        objects += "{\"a\":";
    QVERIFY(refusal(objects).find("deeper") != std::string::npos);
    const std::string big = with("\"" + std::string(1 << 20, ' ') + "\"");
    QVERIFY(refusal(big).find("1 MB") != std::string::npos);
    QCOMPARE(refusal(with("\"" + std::string(1000000, ' ') + "\"")), std::string());
}

void TestCard::numbersBeyondDouble() {
    std::string text = goodCard().dump();
    text.replace(text.find("\"latent\":3"), 10, "\"latent\":1e400");
    QVERIFY(refusal(text).find("finite") != std::string::npos);
    for (const char* bad : {"", "null", "[]", "3", "{", "{\"format\":NaN}", "{\"format\":1,}", "not json",
                            "{\"name\":\"\xff\"}", "{\"format\":1,\"format\":1}"})
        QVERIFY2(!refusal(bad).empty(), bad);
    QVERIFY(refusal(goodCard().dump() + std::string(3, '\0')).find("NUL") != std::string::npos);
    QVERIFY(refusal("{\"latent\":3," + goodCard().dump().substr(1)).find("twice") != std::string::npos);
    QVERIFY(refusal(R"({"options":{"a":1,"b":{"a":2},"c":3,"a":4}})").find("twice") != std::string::npos);
}

void TestCard::partialCards() {
    const ModelCard empty = parseCard("{}", "x.pt", CardRules::Partial);
    QCOMPARE(empty.family, std::string("custom"));
    QCOMPARE(empty.latent, 0);
    QCOMPARE(empty.input.channels, 0);
    QCOMPARE(empty.input.height, 0);
    Json json = goodCard();
    json.erase("latent");
    QCOMPARE(parseCard(json.dump(), "x.pt", CardRules::Partial).mixture.dimensions, 3);
    for (const char* bad : {R"({"latent":0})", R"({"format":2})", R"({"input":{"height":-1}})",
                            R"({"family":"other"})", R"({"input":{"channels":1,"scale":[1,1,1]}})"})
        QVERIFY2(!refusal(bad, CardRules::Partial).empty(), bad);
}

void TestCard::refusesToWriteBadCards() {
    const ModelCard good = parseCard(goodCard().dump(), "x.pt");
    ModelCard card = good;
    card.latent = 0;
    QVERIFY_EXCEPTION_THROWN(cardText(card), ModelError);
    card = good;
    card.mixture.variances[1] = std::numeric_limits<double>::quiet_NaN();
    QVERIFY_EXCEPTION_THROWN(cardText(card), ModelError);
    card = good;
    card.mixture.means.pop_back();
    QVERIFY_EXCEPTION_THROWN(cardText(card), ModelError);
    card = good;
    card.training["log"] = std::string(2 << 20, 'x');
    QVERIFY_EXCEPTION_THROWN(cardText(card), ModelError);
    card = good;
    card.name = "not UTF-8: \xff";
    QVERIFY(!parseCard(cardText(card), "x.pt").name.empty());
}

void TestCard::weightsRoundedToFloatAreMadeToAddUp() {
    Json json = goodCard();
    json["mixture"]["weights"] = {0.7500001, 0.2500003};
    const ModelCard card = parseCard(json.dump(), "x.pt");
    QVERIFY(std::abs(card.mixture.weights[0] + card.mixture.weights[1] - 1) < 1e-12);
    QVERIFY(std::abs(card.mixture.weights[0] - 0.7500001 / 1.0000004) < 1e-12);
}

QTEST_GUILESS_MAIN(TestCard)
#include "test_card.moc"
