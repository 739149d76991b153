from jinja2 import DictLoader
from markupsafe import Markup

from app.i18n.locales import ENGLISH, GERMAN
from app.web.http.constant_calls import LocalizedEnvironment
from app.web.http.templating import environment


def an_environment(**translations: str) -> LocalizedEnvironment:
    jinja = LocalizedEnvironment(extensions=["jinja2.ext.i18n"], autoescape=True)
    jinja.translate = lambda message: translations.get(message, message)
    jinja.constant_functions = {"static": lambda path: f"/static/1/{path}"}
    jinja.install_gettext_callables(  # type: ignore[attr-defined]
        jinja.translate, lambda one, many, count: one if count == 1 else many, newstyle=True
    )
    jinja.globals.update(jinja.constant_functions)
    return jinja


def generated(jinja: LocalizedEnvironment, source: str) -> str:
    code = jinja.compile(source, raw=True)
    assert isinstance(code, str)
    return code


def test_a_translation_is_text_of_the_compiled_template() -> None:
    jinja = an_environment(Cart="Warenkorb")

    assert "<b>Warenkorb</b>" in generated(jinja, '<b>{{ _("Cart") }}</b>')
    assert "Warenkorb" in generated(jinja, "{% trans %}Cart{% endtrans %}")


def test_the_address_of_a_static_file_is_text_of_the_compiled_template() -> None:
    assert '"/static/1/a.css"' in generated(an_environment(), """<a b="{{ static('a.css') }}">""")


def test_variables_of_a_translation_are_escaped_and_the_translation_is_not() -> None:
    jinja = an_environment(**{"<b>%(name)s</b>, 100 %%": "<i>%(name)s</i>, 100 %%"})
    source = '{{ _("<b>%(name)s</b>, 100 %%", name=name) }}'

    assert jinja.from_string(source).render(name="<&>") == "<i>&lt;&amp;&gt;</i>, 100 %"
    assert jinja.from_string(source).render(name=Markup("<u>")) == "<i><u></i>, 100 %"


def test_calls_with_other_arguments_stay() -> None:
    jinja = an_environment(Cart="Warenkorb")
    jinja.loader = DictLoader({"page": "{{ _(name) }} {{ _('%(n)s', **it) }} {{ static(name) }}"})

    page = jinja.get_template("page").render(name="Cart", it={"n": 1})

    assert page == "Warenkorb 1 /static/1/Cart"


def test_each_language_has_templates_of_its_own() -> None:
    source = '{{ _("Add to cart") }}'

    assert environment(ENGLISH).from_string(source).render() == "Add to cart"
    assert environment(GERMAN).from_string(source).render() == "In den Warenkorb"
